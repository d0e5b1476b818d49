// write_sample FOLDER: results files of the made-up run, for other programs to open.
#include "results/finalise.hpp"
#include "results/results_file.hpp"
#include "tests/results/sample.hpp"

#include <cstdio>

int main(int argc, char** argv) {
    using namespace vargrid;
    if (argc != 2) {
        std::fputs("usage: write_sample FOLDER\n", stderr);
        return 2;
    }
    const std::filesystem::path folder = argv[1];
    results::SampleOptions all_only{.keep_trade_pnl = false, .classes = {MovedClass::all}};
    RunResults nothing = ResultsBuilder{results::sample_run()}.finish({});
    for (const auto& [name, contents] :
         {std::pair{"whole", results::sample_results()},
          std::pair{"failed", results::sample_results({.with_failure = true})},
          std::pair{"all_only", results::sample_results(all_only)},
          std::pair{"nothing", nothing}}) {
        if (const auto done = results::publish(folder / name, contents); !done) {
            std::fprintf(stderr, "%s\n", done.error().message.c_str());
            return 1;
        }
    }
    return 0;
}
