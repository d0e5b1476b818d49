// vargrid journal: what is in the journal of a scheduler that does not run. It reads a copy, so the
// folder stays for the next scheduler as it is.
#include "scheduler/server/journal.hpp"

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "scheduler/server/journal_folder.hpp"
#include "scheduler/server/notices.hpp"
#include "scheduler/server/translate.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <memory>
#include <system_error>

namespace vargrid::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct JournalOptions {
    std::string folder;
    bool json{false};
};

/// What one job has in the journal.
struct JobContent {
    scheduler::RestoredJob job;
    std::vector<protocol::ManifestEntry> commits;
};

struct JournalContent {
    scheduler::Restored restored;
    std::vector<JobContent> jobs;
};

Result<JournalContent> read(const fs::path& folder) {
    VARGRID_TRY(const scheduler::JournalFolder copy, scheduler::JournalFolder::open({}));
    std::error_code failed;
    if (!fs::exists(folder / "journal.db", failed)) {
        return Error{ErrorCode::not_found, "no journal.db in " + folder.string()};
    }
    for (const char* const name : {"journal.db", "journal.db-wal"}) {
        if (fs::exists(folder / name, failed)) {
            fs::copy_file(folder / name, copy.path() / name, failed);
        }
        if (failed) {
            return Error{ErrorCode::io,
                         "cannot copy " + (folder / name).string() + " to " + copy.path().string() +
                             ": " + failed.message()};
        }
    }
    VARGRID_TRY(scheduler::Journal journal,
                scheduler::Journal::open(copy.path(), std::numeric_limits<std::int64_t>::max()));
    JournalContent content;
    VARGRID_TRY(content.restored, journal.restore());
    for (scheduler::RestoredJob& job : content.restored.jobs) {
        VARGRID_TRY(auto commits, journal.commits(job.job));
        content.jobs.push_back({std::move(job), std::move(commits)});
    }
    return content;
}

const char* state_of(const scheduler::RestoredJob& job) {
    return scheduler::name_of_state(job.state);
}

Json ledger_json(const protocol::JobLedger& ledger) {
    return {{"useful_core_us", ledger.useful_core_us},
            {"leases", ledger.leases},
            {"commits", ledger.commits},
            {"commits_repeated", ledger.commits_repeated},
            {"commits_refused", ledger.commits_refused},
            {"leases_returned", ledger.leases_returned},
            {"leases_lost", ledger.leases_lost},
            {"blocks_repeated", ledger.blocks_repeated},
            {"block_faults", ledger.block_faults}};
}

Json job_json(const JobContent& content) {
    const scheduler::RestoredJob& job = content.job;
    auto commits = Json::array();
    for (const protocol::ManifestEntry& entry : content.commits) {
        commits.push_back({{"first", entry.range.first},
                           {"last", entry.range.last},
                           {"attempt", entry.attempt.value()},
                           {"shard", entry.shard},
                           {"digest", to_hex(entry.digest)}});
    }
    auto leases = Json::array();
    for (const scheduler::RestoredLease& lease : job.leases) {
        auto open = Json::array();
        for (const BlockRange& range : lease.open) {
            open.push_back({range.first, range.last});
        }
        leases.push_back({{"attempt", lease.attempt.value()},
                          {"worker", lease.worker_name},
                          {"open", std::move(open)}});
    }
    return {{"job", job.job.value()},
            {"name", job.spec.name},
            {"owner", job.spec.owner},
            {"state", state_of(job)},
            {"text", job.message},
            {"blocks_total", job.spec.blocks},
            {"commits", std::move(commits)},
            {"leases", std::move(leases)},
            {"set_aside", job.set_aside},
            {"ledger", ledger_json(scheduler::ledger_of(job.ledger))}};
}

void show(const JournalContent& content, bool json) {
    const std::uint64_t epoch = content.restored.epoch.value() - 1;  // The copy began another.
    if (json) {
        auto jobs = Json::array();
        for (const JobContent& job : content.jobs) {
            jobs.push_back(job_json(job));
        }
        const Json document{{"schema", 1}, {"epoch", epoch}, {"jobs", std::move(jobs)}};
        print(document.dump(2) + "\n");
        return;
    }
    print(fmt::format("epoch {}, {} jobs\n", epoch, content.jobs.size()));
    for (const JobContent& one : content.jobs) {
        std::uint64_t committed = 0;
        for (const protocol::ManifestEntry& entry : one.commits) {
            committed += entry.range.size();
        }
        print(
            fmt::format("job {} {} ({}): {}, {} of {} blocks (with the final step) in {} "
                        "commits, {} leases, {} set aside\n",
                        one.job.job.value(),
                        one.job.spec.name,
                        one.job.spec.owner,
                        state_of(one.job),
                        committed,
                        one.job.spec.blocks + 1,
                        one.commits.size(),
                        one.job.leases.size(),
                        one.job.set_aside.size()));
    }
}

}  // namespace

Action add_journal(CLI::App& app) {
    auto options = std::make_shared<JournalOptions>();
    app.add_option("folder", options->folder, "Folder of the journal")
        ->required()
        ->type_name("DIR");
    app.add_flag("--json", options->json, "Print one JSON document on stdout");
    return [options] {
        const auto content = read(options->folder);
        if (!content) {
            return fail(content.error(), options->json);
        }
        show(*content, options->json);
        return kExitOk;
    };
}

}  // namespace vargrid::cli
