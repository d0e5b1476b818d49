// A writer that is killed at any moment leaves either no file under the final name or a whole one.
#include "base/random.hpp"
#include "results/results_file.hpp"
#include "results/shard.hpp"
#include "tests/results/sample.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

namespace vargrid::results {
namespace {

[[noreturn]] void write_until_killed(const TemporaryFolder& folder) {
    const SampleOptions options{.scenarios = 200};
    const auto blocks = sample_blocks(sample_run(options), options);
    const RunResults results = sample_results(options);
    for (unsigned i = 0;; ++i) {
        const std::string name = "shard-" + std::to_string(i % 20) + ".h5";
        if (!write_shard(folder / name, {}, blocks) ||
            !write_results(folder / kResultsFileName, results)) {
            ::_exit(1);
        }
    }
}

TEST(KilledWriter, LeavesNoUnreadableFileUnderAFinalName) {
    RandomStream random{42, 0};
    std::size_t files = 0;
    for (int round = 0; round < 25; ++round) {
        const TemporaryFolder folder;
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            write_until_killed(folder);
        }
        ::usleep(static_cast<useconds_t>(random.between(2'000, 80'000)));
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the writer failed by itself";
        for (const std::string& name : folder.names()) {
            if (name.starts_with('.')) {
                continue;
            }
            ++files;
            const auto path = folder / name;
            if (name == kResultsFileName) {
                const auto results = read_results(path);
                EXPECT_TRUE(results) << results.error().message;
            } else {
                const auto shard = read_shard(path);
                EXPECT_TRUE(shard) << shard.error().message;
            }
        }
    }
    EXPECT_GT(files, 25U) << "the writer was too slow to prove anything";
}

}  // namespace
}  // namespace vargrid::results
