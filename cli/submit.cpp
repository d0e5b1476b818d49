#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/environment.hpp"
#include "cli/exit_codes.hpp"
#include "cli/job_options.hpp"
#include "cli/report_json.hpp"
#include "cli/report_table.hpp"
#include "cli/submission.hpp"

#include <fmt/format.h>

namespace vargrid::cli {
namespace {

struct SubmitOptions {
    std::shared_ptr<JobOptions> job;
    std::string endpoint;
    std::string out;
    int priority{0};
    bool wait{false};
};

int wait_and_print(const SubmitOptions& options, protocol::Client& client, JobId job) {
    watch_interrupts();
    client.set_interrupt(interrupted);
    const auto ended = wait_for_job(client, job, [&](std::uint64_t /*committed*/) -> Result<void> {
        if (interrupted()) {
            return Error{ErrorCode::internal,
                         fmt::format("no longer waiting; job {} goes on: vargrid status {}",
                                     job.value(),
                                     job.value())};
        }
        return {};
    });
    if (!ended) {
        const int code = fail(ended.error(), options.job->json);
        return interrupted() ? interrupted_exit_code() : code;
    }
    return print_outcome(*ended, options.job->json);
}

int submit(const SubmitOptions& options) {
    const bool json = options.job->json;
    const auto prepared = prepare(*options.job);
    if (!prepared) {
        return fail(prepared.error(), json);
    }
    say(input_summary(*prepared));
    const auto folder =
        make_output_folder(options.out.empty() ? "out/" + prepared->run.run_id() : options.out);
    if (!folder) {
        return fail(folder.error(), json);
    }
    const auto lock = FolderLock::take(*folder, FolderLock::Kind::shared);
    if (!lock) {
        return fail(lock.error(), json);
    }
    const protocol::Context context;
    auto client = protocol::Client::connect(context, {.endpoint = options.endpoint});
    if (!client) {
        return fail(client.error(), json);
    }
    const auto job = submit_run(*client, *prepared, *folder, options.priority);
    if (!job) {
        return fail(job.error(), json);
    }
    say(fmt::format(
        "job {} submitted to {}, output in {}", job->value(), options.endpoint, folder->string()));
    if (options.wait) {
        return wait_and_print(options, *client, *job);
    }
    const auto info = client->status(*job);
    if (!info) {
        return fail(info.error(), json);
    }
    print(json ? job_json(*info) + "\n" : fmt::format("{}\n", job->value()));
    return kExitOk;
}

}  // namespace

Action add_submit(CLI::App& app) {
    auto options = std::make_shared<SubmitOptions>();
    options->job = add_job_options(app);
    add_connect_option(app, options->endpoint);
    app.add_option("--out",
                   options->out,
                   "Folder for the results, seen by every worker (default: out/RUN_ID)")
        ->type_name("DIR")
        ->envname("VARGRID_OUT");
    app.add_option("--priority", options->priority, "Larger runs first")->capture_default_str();
    app.add_flag("--wait", options->wait, "Wait for the end and show the answer");
    return [options] { return submit(*options); };
}

}  // namespace vargrid::cli
