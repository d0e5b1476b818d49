#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/job_options.hpp"
#include "cli/report_insight.hpp"
#include "cli/report_json.hpp"
#include "protocol/zmq/client.hpp"

#include <algorithm>
#include <string>

namespace vargrid::cli {
namespace {

struct WhyOptions {
    std::string what;
    std::string endpoint;
    bool json{false};
};

bool is_number(const std::string& text) {
    return text.size() < 19 &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

int why(const WhyOptions& options) {
    const protocol::Context context;
    auto client = protocol::Client::connect(context, {.endpoint = options.endpoint});
    if (!client) {
        return fail(client.error(), options.json);
    }
    protocol::Why question;
    if (is_number(options.what)) {
        question.job = JobId{std::stoull(options.what)};
    } else {
        question.worker = options.what;
    }
    if (question.job == JobId{} && question.worker.empty()) {
        return fail({ErrorCode::not_found, "no job 0"}, options.json);
    }
    const auto reply = client->why(question);
    if (!reply) {
        return fail(reply.error(), options.json);
    }
    print(options.json ? why_json(question, *reply) + "\n" : why_text(question, *reply));
    return kExitOk;
}

}  // namespace

Action add_why(CLI::App& app) {
    auto options = std::make_shared<WhyOptions>();
    app.add_option("what", options->what, "A job's number, or the name of a worker or host")
        ->required()
        ->type_name("JOB|WORKER");
    add_connect_option(app, options->endpoint);
    app.add_flag("--json", options->json, "Print one JSON document on stdout");
    return [options] { return why(*options); };
}

}  // namespace vargrid::cli
