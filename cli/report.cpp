#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/report_json.hpp"
#include "cli/report_table.hpp"
#include "results/results_file.hpp"

#include <filesystem>

namespace vargrid::cli {
namespace {

namespace fs = std::filesystem;

struct ReportOptions {
    std::string path;
    bool json{false};
};

int report(const ReportOptions& options) {
    std::error_code failure;
    fs::path file = fs::absolute(options.path);
    if (fs::is_directory(file, failure)) {
        file /= results::kResultsFileName;
    }
    if (!fs::exists(file, failure)) {
        return fail({ErrorCode::not_found, file.string() + ": no such results file"}, options.json);
    }
    const auto answer = results::read_results(file);
    if (!answer) {
        return fail(answer.error(), options.json);
    }
    print(options.json ? results_json(*answer, file) + "\n" : results_table(*answer));
    return answer->complete ? kExitOk : kExitIncomplete;
}

}  // namespace

Action add_report(CLI::App& app) {
    auto options = std::make_shared<ReportOptions>();
    app.add_option("path", options->path, "A results folder, or its results.h5")
        ->required()
        ->type_name("DIR|FILE");
    app.add_flag("--json", options->json, "Print one JSON document on stdout");
    return [options] { return report(*options); };
}

}  // namespace vargrid::cli
