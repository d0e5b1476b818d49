// The journal gives back what was written, whole transactions only, whatever the moment it was cut
// off; and a file that is not its own is refused in words. Long because one life of two jobs serves
// every test.
#include "scheduler/server/journal.hpp"

#include "scheduler/server/sqlite.hpp"
#include "tests/scheduler/server/folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace vargrid::scheduler {
namespace {

namespace fs = std::filesystem;
using testing::TestFolder;
using namespace std::chrono_literals;

constexpr std::uint64_t kBytesMax = std::uint64_t{1} << 30;
constexpr Incarnation kAnna{0xaaaa'0000'0000'0001U};
constexpr Incarnation kBert{0x0bbb'0000'0000'0002U};

Journal open_journal(const fs::path& folder) {
    auto journal = Journal::open(folder, kBytesMax);
    EXPECT_TRUE(journal.has_value()) << journal.error().message;
    return std::move(*journal);
}

JobSpec a_spec() {
    return {.name = "nightly",
            .owner = "ana",
            .priority = -3,
            .blocks = 100,
            .block_cost = 10ms,
            .blocks_per_task_max = 50,
            .commit_interval = 5s,
            .payload = blake2b({}),
            .output_folder = "/out",
            .price = {30'000, "USD"},
            .deadline_unix_ms = 1'795'413'600'000,
            .needs_isa = "avx512",
            .memory_per_thread_bytes = 4ULL << 30U};
}

/// The life of two jobs, one transaction an entry.
std::vector<std::vector<Action>> a_life() {
    const JobId one{1};
    const JobId two{2};
    return {
        {JournalJob{one, ClientId{~0ULL}, RequestId{5}, a_spec()}},
        {JournalLease{one, Attempt{1}, kAnna, "anna", "host-a", {{0, 40}}},
         JournalLease{one, Attempt{2}, kBert, "bert", "host-b", {{40, 100}}}},
        {JournalCommit{one, Attempt{1}, kAnna, {{{0, 10}, {1, ~0ULL}}}, "a-0.h5"},
         JournalLedger{
             one,
             Ledger{.spent = {70ms, 1ms, 2ms, 3ms, 4ms, 5ms, 6ms}, .leases = 2, .commits = 1}}},
        {JournalCommit{one, Attempt{1}, kAnna, {{{10, 20}, {2, 2}}}, "a-1.h5"}},
        {JournalBlockFault{one, {50, "host-b", "bert", FaultCause::task, "singular"}},
         JournalBlockFault{one, {51, "host-b", "bert", FaultCause::host, "disk"}},
         JournalLease{one, Attempt{2}, kBert, "bert", "host-b", {{40, 50}, {52, 100}}}},
        {JournalJob{two, ClientId{7}, RequestId{6}, a_spec()}, JournalSetAside{one, 50}},
        {JournalCommit{one, Attempt{2}, kBert, {{{40, 50}, {3, 3}}, {{52, 100}, {4, 4}}}, "b.h5"},
         JournalLeaseEnd{one, Attempt{2}}},
        {JournalJobControl{two, true, 7}},
        {JournalJobState{two, JobState::cancelled, "by ana"}},
        {JournalCommit{one, Attempt{1}, kAnna, {{{20, 40}, {5, 5}}}, "a-2.h5"},
         JournalLeaseEnd{one, Attempt{1}}},
        {JournalLease{one, Attempt{3}, kAnna, "anna", "host-a", {{51, 52}}}},
        {JournalCommit{one, Attempt{3}, kAnna, {{{51, 52}, {6, 6}}}, "a-3.h5"},
         JournalLeaseEnd{one, Attempt{3}},
         JournalJobState{one, JobState::finalising, ""}},
        {JournalJobForgotten{two}},
    };
}

void write_all(Journal& journal, const std::vector<std::vector<Action>>& life) {
    for (const auto& transaction : life) {
        const auto written = journal.write(transaction, 1'000);
        ASSERT_TRUE(written.has_value()) << written.error().message;
        EXPECT_EQ(*written, transaction.size());
    }
}

/// What a journal restores after the first `count` transactions of the life.
Restored restored_after(std::size_t count) {
    const TestFolder folder;
    auto life = a_life();
    life.resize(count);
    {
        Journal journal = open_journal(folder.path());
        write_all(journal, life);
    }
    Journal journal = open_journal(folder.path());
    return *journal.restore();
}

/// The log has its usual length from the start; this much of it was written.
std::uintmax_t used_log_bytes(const fs::path& folder) {
    std::ifstream file{folder / "journal.db-wal", std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
    return bytes.find_last_not_of('\0') + 1;
}

/// Where a file that was to grow stopped short, its end is missing; where it was overwritten, it
/// has what was there before.
bool cut_log(const fs::path& folder, std::uintmax_t bytes) {
    const fs::path log = folder / "journal.db-wal";
    fs::resize_file(log, bytes);
    if (bytes % 2 == 0) {
        fs::resize_file(log, bytes + 100'000);
    }
    return fs::exists(log);
}

TEST(Journal, ANewOneBeginsWithEpochOneAndNoJobs) {
    const TestFolder folder;
    Journal journal = open_journal(folder.path());
    EXPECT_EQ(*journal.restore(), (Restored{Epoch{1}, JobId{1}, {}}));
}

TEST(Journal, EveryLifeOfTheSchedulerHasTheNextEpoch) {
    const TestFolder folder;
    for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) {
        Journal journal = open_journal(folder.path());
        EXPECT_EQ(journal.restore()->epoch, Epoch{epoch});
    }
}

TEST(Journal, RestoreGivesWhatWasWritten) {
    const Restored restored = restored_after(10);
    EXPECT_EQ(restored.next_job, JobId{3});
    ASSERT_EQ(restored.jobs.size(), 2U);
    const RestoredJob& one = restored.jobs[0];
    EXPECT_EQ(one.job, JobId{1});
    EXPECT_EQ(one.client, ClientId{~0ULL});
    EXPECT_EQ(one.request, RequestId{5});
    EXPECT_EQ(one.spec, a_spec());
    EXPECT_EQ(one.state, JobState::running);
    EXPECT_EQ(one.ledger,
              (Ledger{.spent = {70ms, 1ms, 2ms, 3ms, 4ms, 5ms, 6ms}, .leases = 2, .commits = 1}));
    // Neighbours of one attempt are one range again.
    EXPECT_EQ(one.committed,
              (std::vector<CommittedRange>{{{0, 40}, Attempt{1}, kAnna},
                                           {{40, 50}, Attempt{2}, kBert},
                                           {{52, 100}, Attempt{2}, kBert}}));
    EXPECT_TRUE(one.leases.empty());
    EXPECT_EQ(one.faults,
              (std::vector<BlockFault>{{50, "host-b", "bert", FaultCause::task, "singular"},
                                       {51, "host-b", "bert", FaultCause::host, "disk"}}));
    EXPECT_EQ(one.set_aside, (std::vector<std::uint64_t>{50}));
    const RestoredJob& two = restored.jobs[1];
    EXPECT_EQ(two.state, JobState::cancelled);
    EXPECT_EQ(two.message, "by ana");
    EXPECT_TRUE(two.paused);
    EXPECT_EQ(two.spec.priority, 7);
    EXPECT_EQ(two.ledger, Ledger{});
}

TEST(Journal, ALeaseIsReplacedByALaterRecordOfItsAttempt) {
    const Restored restored = restored_after(5);
    EXPECT_EQ(
        restored.jobs[0].leases,
        (std::vector<RestoredLease>{{Attempt{1}, kAnna, "anna", "host-a", {{0, 40}}},
                                    {Attempt{2}, kBert, "bert", "host-b", {{40, 50}, {52, 100}}}}));
}

TEST(Journal, AForgottenJobIsGoneButItsNumberIsNotGivenAgain) {
    const Restored restored = restored_after(13);
    ASSERT_EQ(restored.jobs.size(), 1U);
    EXPECT_EQ(restored.next_job, JobId{3});
}

TEST(Journal, ActionsThatAreNoRecordsTouchNothing) {
    const TestFolder folder;
    Journal journal = open_journal(folder.path());
    const std::vector<Action> actions{SendReintroduce{kAnna}, AcceptCommit{kAnna, Attempt{1}, 0}};
    EXPECT_EQ(*journal.write(actions, 1), 0U);
}

TEST(Journal, TimesAreKeptForPeople) {
    const TestFolder folder;
    Journal journal = open_journal(folder.path());
    ASSERT_TRUE(journal.write(a_life()[0], 1'000).has_value());
    EXPECT_EQ(journal.times(JobId{1}), (JobTimes{1'000, 0}));
    const std::vector<Action> ended{JournalJobState{JobId{1}, JobState::completed, ""}};
    ASSERT_TRUE(journal.write(ended, 2'000).has_value());
    EXPECT_EQ(journal.times(JobId{1}), (JobTimes{1'000, 2'000}));
    EXPECT_EQ(journal.times(JobId{9}), JobTimes{});
    EXPECT_EQ(journal.restore()->jobs.size(), 1U);
    EXPECT_EQ(journal.times(JobId{1}), (JobTimes{1'000, 2'000}));
}

TEST(Journal, TheManifestCoversTheJob) {
    const TestFolder folder;
    Journal journal = open_journal(folder.path());
    auto life = a_life();
    write_all(journal, life);
    // The final step is a block of its own and not in the manifest.
    const std::vector<Action> final_step{
        JournalCommit{JobId{1}, Attempt{4}, kAnna, {{{100, 101}, {7, 7}}}, "results.h5"}};
    ASSERT_TRUE(journal.write(final_step, 1).has_value());
    const auto manifest = journal.manifest(JobId{1});
    ASSERT_TRUE(manifest.has_value()) << manifest.error().message;
    ASSERT_EQ(manifest->committed.size(), 6U);
    EXPECT_EQ(manifest->committed[0],
              (protocol::ManifestEntry{{0, 10}, Attempt{1}, "a-0.h5", {1, ~0ULL}}));
    EXPECT_EQ(manifest->set_aside, (std::vector<BlockRange>{{50, 51}}));
    EXPECT_EQ(journal.manifest(JobId{2}).error().code, ErrorCode::not_found);
}

TEST(Journal, AManifestWithHolesIsNotMade) {
    const TestFolder folder;
    Journal journal = open_journal(folder.path());
    auto life = a_life();
    life.resize(8);
    write_all(journal, life);
    EXPECT_FALSE(journal.manifest(JobId{1}).has_value());
}

TEST(Journal, KilledAtAnyRecordBoundaryItRestoresWhatWasWrittenSoFar) {
    const TestFolder folder;
    const auto life = a_life();
    Journal journal = open_journal(folder.path());
    for (std::size_t count = 0; count <= life.size(); ++count) {
        SCOPED_TRACE(count);
        const TestFolder image;
        folder.copy_to(image.path());
        Journal survivor = open_journal(image.path());
        const auto restored = survivor.restore();
        ASSERT_TRUE(restored.has_value()) << restored.error().message;
        EXPECT_EQ(*restored, restored_after(count));
        if (count < life.size()) {
            ASSERT_TRUE(journal.write(life[count], 1'000).has_value());
        }
    }
}

TEST(Journal, TornAnywhereItRestoresSomeWholeTransactions) {
    std::vector<Restored> states;
    const auto life = a_life();
    for (std::size_t count = 0; count <= life.size(); ++count) {
        states.push_back(restored_after(count));
    }
    const TestFolder folder;
    { open_journal(folder.path()); }  // The tables are in the main file, the life in the log.
    Journal journal = open_journal(folder.path());
    write_all(journal, life);
    const auto size = used_log_bytes(folder.path());
    ASSERT_GT(size, 20'000U);
    std::size_t last_state = life.size();
    for (std::uintmax_t cut = 0; cut < size; cut += 1'531) {
        SCOPED_TRACE(cut);
        const TestFolder image;
        folder.copy_to(image.path());
        ASSERT_TRUE(cut_log(image.path(), size - cut));
        Journal survivor = open_journal(image.path());
        const auto restored = survivor.restore();
        ASSERT_TRUE(restored.has_value()) << restored.error().message;
        std::size_t state = last_state;
        while (state > 0 && !(states[state] == *restored)) {
            --state;
        }
        EXPECT_EQ(states[state], *restored) << "not the state after any transaction";
        last_state = state;
    }
    EXPECT_EQ(last_state, 0U);
}

TEST(Journal, GarbledAnywhereInItsLogItRestoresSomeWholeTransactionsOrRefuses) {
    std::vector<Restored> states;
    const auto life = a_life();
    for (std::size_t count = 0; count <= life.size(); ++count) {
        states.push_back(restored_after(count));
    }
    const TestFolder folder;
    Journal journal = open_journal(folder.path());
    write_all(journal, life);
    const auto size = used_log_bytes(folder.path());
    for (std::uintmax_t at = 0; at < size; at += 2'039) {
        SCOPED_TRACE(at);
        const TestFolder image;
        folder.copy_to(image.path());
        {
            std::fstream file{image.path() / "journal.db-wal",
                              std::ios::in | std::ios::out | std::ios::binary};
            file.seekp(static_cast<std::streamoff>(at));
            file << "\xFF\x00\xFF\xA5\x5A";
        }
        auto survivor = Journal::open(image.path(), kBytesMax);
        if (!survivor) {
            EXPECT_NE(survivor.error().message.find("journal "), std::string::npos);
            continue;
        }
        const auto restored = survivor->restore();
        if (!restored) {
            EXPECT_NE(restored.error().message.find("damaged"), std::string::npos);
            continue;
        }
        EXPECT_NE(std::find(states.begin(), states.end(), *restored), states.end())
            << "not the state after any transaction";
    }
}

TEST(Journal, ASecondOpenerIsRefusedWhileTheFirstLives) {
    const TestFolder folder;
    std::optional<Journal> first{open_journal(folder.path())};
    const auto second = Journal::open(folder.path(), kBytesMax);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, ErrorCode::conflict);
    EXPECT_NE(second.error().message.find("A scheduler is running on it"), std::string::npos)
        << second.error().message;
    first.reset();
    EXPECT_TRUE(Journal::open(folder.path(), kBytesMax).has_value());
}

TEST(Journal, AnotherFormatIsRefusedWithBothNumbers) {
    const TestFolder folder;
    { open_journal(folder.path()); }
    ASSERT_TRUE(Database::open(folder.path() / "journal.db")
                    ->execute("PRAGMA user_version=99")
                    .has_value());
    const auto refused = Journal::open(folder.path(), kBytesMax);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::io);
    EXPECT_NE(refused.error().message.find("format 99"), std::string::npos);
    EXPECT_NE(refused.error().message.find("format " + std::to_string(kJournalFormat)),
              std::string::npos);
}

TEST(Journal, FilesOfOtherProgramsAreRefusedAndLeftAlone) {
    const TestFolder folder;
    const fs::path file = folder.path() / "journal.db";
    std::ofstream{file} << std::string(10'000, 'x');
    const auto text = Journal::open(folder.path(), kBytesMax);
    ASSERT_FALSE(text.has_value());
    EXPECT_NE(text.error().message.find("damaged"), std::string::npos) << text.error().message;
    EXPECT_EQ(fs::file_size(file), 10'000U);
    fs::remove(file);
    ASSERT_TRUE(Database::open(file)->execute("CREATE TABLE t (a)").has_value());
    const auto foreign = Journal::open(folder.path(), kBytesMax);
    ASSERT_FALSE(foreign.has_value());
    EXPECT_NE(foreign.error().message.find("another program"), std::string::npos);
}

/// Nobody may take a number that the disk changed for one that was written.
TEST(Journal, DamagedPagesAreRefusedOrHarmlessNeverACrashAndNeverAnotherStory) {
    const TestFolder folder;
    {
        Journal journal = open_journal(folder.path());
        write_all(journal, a_life());
    }
    Restored truth = restored_after(a_life().size());
    const auto size = fs::file_size(folder.path() / "journal.db");
    int refused = 0;
    for (std::uintmax_t at = 0; at < size; at += 97) {
        const TestFolder image;
        folder.copy_to(image.path());
        {
            std::fstream file{image.path() / "journal.db",
                              std::ios::in | std::ios::out | std::ios::binary};
            file.seekp(static_cast<std::streamoff>(at));
            file << "\xFF\x00\xFF\xA5\x5A";
        }
        auto journal = Journal::open(image.path(), kBytesMax);
        if (journal) {
            if (auto restored = journal->restore(); !restored) {
                EXPECT_NE(restored.error().message.find("journal "), std::string::npos);
                ++refused;
            } else {
                EXPECT_EQ(*restored, truth) << "byte " << at;
            }
        } else {
            EXPECT_NE(journal.error().message.find("journal "), std::string::npos);
            ++refused;
        }
    }
    EXPECT_GT(refused, 5);  // The rest hit room that nothing uses.
}

TEST(Journal, ContentThatWasNotWrittenIsRefusedInWords) {
    for (const char* const damage :
         {"UPDATE log SET records = zeroblob(length(records)) WHERE key = 4294967299",
          "UPDATE log SET records = records || x'00' WHERE key = 4294967299",
          "UPDATE log SET unix_ms = unix_ms + 1 WHERE key = 4294967299",
          "UPDATE log SET key = 8589934593 WHERE key = 4294967303",
          "DELETE FROM log WHERE key = 4294967299",
          "DELETE FROM log WHERE key = 4294967297",
          "DELETE FROM log WHERE key = (SELECT max(key) FROM log)",
          "DELETE FROM log",
          "UPDATE head SET next_job = 1",
          "UPDATE head SET epoch = 0",
          "DELETE FROM head"}) {
        SCOPED_TRACE(damage);
        const TestFolder folder;
        {
            Journal journal = open_journal(folder.path());
            write_all(journal, a_life());
            ASSERT_TRUE(journal.restore().has_value());
        }
        ASSERT_TRUE(Database::open(folder.path() / "journal.db")->execute(damage).has_value());
        Journal journal = open_journal(folder.path());
        const auto restored = journal.restore();
        ASSERT_FALSE(restored.has_value());
        EXPECT_NE(restored.error().message.find("damaged ("), std::string::npos)
            << restored.error().message;
        EXPECT_NE(restored.error().message.find("Restore the folder from a copy"),
                  std::string::npos);
    }
}

TEST(Journal, RecordsThatContradictEachOtherAreRefusedWithTheJob) {
    const JobId one{1};
    JobSpec endless = a_spec();
    endless.blocks = ~0ULL;
    JobSpec empty = a_spec();
    empty.blocks = 0;
    for (const Action& contradiction :
         std::vector<Action>{JournalCommit{one, Attempt{9}, kAnna, {{{20, 20}, {}}}, "x"},
                             JournalCommit{one, Attempt{9}, kAnna, {{{99, 101}, {}}}, "x"},
                             JournalCommit{one, Attempt{9}, kAnna, {{{100, 102}, {}}}, "x"},
                             JournalCommit{one, Attempt{9}, kAnna, {{{19, 21}, {}}}, "x"},
                             JournalJobState{one, static_cast<JobState>(77), ""},
                             JournalJob{one, ClientId{1}, RequestId{1}, endless},
                             JournalJob{one, ClientId{1}, RequestId{1}, empty},
                             JournalSetAside{one, 3},
                             JournalSetAside{one, 1000},
                             JournalBlockFault{one, {101, "h", "w", FaultCause::task, ""}},
                             JournalBlockFault{one, {1, "h", "w", static_cast<FaultCause>(9), ""}},
                             JournalLease{one, Attempt{9}, kAnna, "w", "h", {{30, 40}, {20, 25}}},
                             JournalLease{one, Attempt{9}, kAnna, "w", "h", {{30, 102}}}}) {
        SCOPED_TRACE(contradiction.index());
        const TestFolder folder;
        Journal journal = open_journal(folder.path());
        auto life = a_life();
        life.resize(9);
        write_all(journal, life);
        ASSERT_TRUE(journal.write(std::span{&contradiction, 1}, 1).has_value());
        const auto restored = journal.restore();
        ASSERT_FALSE(restored.has_value());
        EXPECT_NE(restored.error().message.find("damaged (job 1"), std::string::npos)
            << restored.error().message;
    }
}

TEST(Journal, TheLogMovesToTheMainFileInQuietMomentsAndAtTheLatestWhenItIsLong) {
    const TestFolder folder;
    Journal journal = open_journal(folder.path());
    EXPECT_FALSE(journal.rest()) << "nothing to do";
    const auto write_pages = [&](JobId job, std::uint64_t pages) {
        std::vector<Action> many{JournalJob{job, ClientId{1}, RequestId{job.value()}, a_spec()}};
        for (std::uint64_t page = 0; page < pages; ++page) {
            many.emplace_back(JournalJobState{job, JobState::running, std::string(4'096, 's')});
        }
        ASSERT_TRUE(journal.write(many, 1).has_value());
    };
    const fs::path file = folder.path() / "journal.db";
    write_pages(JobId{1}, 1'000);
    EXPECT_LT(fs::file_size(file), 100'000U) << "moved in the middle of the work";
    EXPECT_TRUE(journal.rest());
    EXPECT_GT(fs::file_size(file), 4'000'000U);
    EXPECT_FALSE(journal.rest());
    write_pages(JobId{2}, 10'000);
    EXPECT_GT(fs::file_size(file), 40'000'000U) << "a log must not grow for ever";
    EXPECT_FALSE(journal.rest());
    EXPECT_EQ(journal.restore()->jobs.size(), 2U);
}

TEST(Journal, AFullDiskStoresNothingAndTheSameCallWorksOnceThereIsRoom) {
    const TestFolder folder;
    Journal journal = open_journal(folder.path());
    ASSERT_TRUE(journal.write(a_life()[0], 1).has_value());
    // A megabyte of commits does not fit where the file may not grow.
    std::vector<Action> many;
    for (std::uint64_t block = 0; block < 100; ++block) {
        many.emplace_back(JournalCommit{
            JobId{1}, Attempt{1}, kAnna, {{{block, block + 1}, {}}}, std::string(10'000, 's')});
    }
    ASSERT_TRUE(journal.limit_size(4096).has_value());
    const auto failed = journal.write(many, 1);
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().code, ErrorCode::io);
    EXPECT_NE(failed.error().message.find("full"), std::string::npos) << failed.error().message;
    ASSERT_TRUE(journal.limit_size(kBytesMax).has_value());
    EXPECT_EQ(*journal.write(many, 1), many.size());
    EXPECT_EQ(journal.restore()->jobs[0].committed.size(), 1U);
}

TEST(Journal, AFolderThatCannotBeMadeIsAnErrorWithItsName) {
    const TestFolder folder;
    std::ofstream{folder.path() / "file"} << "x";
    const auto refused = Journal::open(folder.path() / "file" / "journal", kBytesMax);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::io);
    EXPECT_NE(refused.error().message.find("file/journal"), std::string::npos);
}

}  // namespace
}  // namespace vargrid::scheduler
