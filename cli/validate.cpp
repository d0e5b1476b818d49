#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/job_options.hpp"
#include "cli/report_json.hpp"
#include "cli/report_table.hpp"

namespace vargrid::cli {

Action add_validate(CLI::App& app) {
    auto options = add_job_options(app);
    return [options] {
        const auto prepared = prepare(*options);
        if (!prepared) {
            return fail(prepared.error(), options->json);
        }
        print(options->json ? validation_json(*prepared) + "\n"
                            : input_summary(*prepared) + "valid\n");
        return kExitOk;
    };
}

}  // namespace vargrid::cli
