#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/job_options.hpp"
#include "cli/report_json.hpp"
#include "cli/report_table.hpp"
#include "protocol/zmq/client.hpp"

#include <optional>

namespace vargrid::cli {
namespace {

struct StatusOptions {
    std::optional<std::uint64_t> job;
    std::string endpoint;
    bool json{false};
};

int show_job(protocol::Client& client, const StatusOptions& options) {
    const auto job = client.status(JobId{*options.job});
    if (!job) {
        return fail(job.error(), options.json);
    }
    print(options.json ? job_json(*job) + "\n" : job_details(*job));
    return kExitOk;
}

int show_all(protocol::Client& client, const StatusOptions& options) {
    const auto jobs = client.jobs();
    if (!jobs) {
        return fail(jobs.error(), options.json);
    }
    const auto workers = client.workers();
    if (!workers) {
        return fail(workers.error(), options.json);
    }
    print(options.json ? jobs_json(*jobs, *workers) + "\n" : jobs_table(*jobs, *workers));
    return kExitOk;
}

int status(const StatusOptions& options) {
    const protocol::Context context;
    auto client = protocol::Client::connect(context, {.endpoint = options.endpoint});
    if (!client) {
        return fail(client.error(), options.json);
    }
    return options.job ? show_job(*client, options) : show_all(*client, options);
}

}  // namespace

Action add_status(CLI::App& app) {
    auto options = std::make_shared<StatusOptions>();
    app.add_option("job", options->job, "One job only")->type_name("JOB");
    add_connect_option(app, options->endpoint);
    app.add_flag("--json", options->json, "Print one JSON document on stdout");
    return [options] { return status(*options); };
}

}  // namespace vargrid::cli
