#include "cli/job_options.hpp"

#include "cli/environment.hpp"

namespace vargrid::cli {

std::shared_ptr<JobOptions> add_job_options(CLI::App& app) {
    auto options = std::make_shared<JobOptions>();
    app.add_option("job", options->job_file, "The job file")->required()->type_name("JOB.toml");
    app.add_option(
           "--as-of", options->as_of, "Value as of the last date with data on or before this one")
        ->type_name("YYYY-MM-DD")
        ->check([](const std::string& text) {
            const auto date = date_from_iso(text);
            return date ? std::string{} : date.error().message;
        });
    app.add_flag("--skip-bad-trades",
                 options->skip_bad_trades,
                 "Run without the trades that cannot be read or priced, and count them");
    app.add_flag("--json", options->json, "Print one JSON document on stdout");
    return options;
}

Result<PreparedRun> prepare(const JobOptions& options) {
    Overrides overrides;
    overrides.skip_bad_trades = options.skip_bad_trades;
    const std::string as_of =
        options.as_of.empty() ? environment_or("VARGRID_AS_OF", "") : options.as_of;
    if (!as_of.empty()) {
        auto date = date_from_iso(as_of);
        if (!date) {
            return with_context(std::move(date).error(), "--as-of");
        }
        overrides.as_of = *date;
    }
    VARGRID_TRY(const JobFile job, read_job_file(options.job_file));
    return prepare_run(job, overrides);
}

void add_connect_option(CLI::App& app, std::string& endpoint) {
    endpoint = environment_or("VARGRID_CONNECT", kDefaultEndpoint);
    app.add_option("--connect", endpoint, "The scheduler (or VARGRID_CONNECT)")
        ->type_name("tcp://HOST:PORT|file:PATH")
        ->capture_default_str();
}

}  // namespace vargrid::cli
