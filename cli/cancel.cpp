#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/job_options.hpp"
#include "cli/submission.hpp"
#include "protocol/zmq/client.hpp"

#include <fmt/format.h>

namespace vargrid::cli {
namespace {

struct CancelOptions {
    std::uint64_t job{0};
    std::string endpoint;
};

int cancel(const CancelOptions& options) {
    const protocol::Context context;
    auto client = protocol::Client::connect(context, {.endpoint = options.endpoint});
    if (!client) {
        return fail(client.error(), false);
    }
    const auto reply = client->cancel(JobId{options.job});
    if (!reply) {
        return fail(reply.error(), false);
    }
    if (reply->cancelled) {
        if (const auto job = client->status(JobId{options.job})) {
            remove_shards_of(job->job, job->output_folder);
        }
    }
    print(fmt::format("job {} {}{}{}\n",
                      options.job,
                      reply->cancelled ? "cancelled" : "had already ended",
                      reply->text.empty() ? "" : ": ",
                      reply->text));
    return kExitOk;
}

}  // namespace

Action add_cancel(CLI::App& app) {
    auto options = std::make_shared<CancelOptions>();
    app.add_option("job", options->job, "The job")->required()->type_name("JOB");
    add_connect_option(app, options->endpoint);
    return [options] { return cancel(*options); };
}

}  // namespace vargrid::cli
