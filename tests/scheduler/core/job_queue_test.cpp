// The order in which jobs are served.
#include "scheduler/core/job_queue.hpp"

#include "tests/scheduler/core/core_harness.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace vargrid::scheduler::testing {
namespace {

using namespace std::chrono_literals;

class Queue {
  public:
    Queue& add(std::uint64_t job, const JobBuilder& spec) {
        specs_[JobId{job}] = spec.spec();
        queue_.insert(JobId{job}, spec.spec());
        return *this;
    }
    std::vector<std::uint64_t> order(const Ability& machine = {2, 1ULL << 40U}) const {
        std::vector<std::uint64_t> jobs;
        queue_.visit(machine, [&](JobId job) {
            jobs.push_back(job.value());
            return false;
        });
        return jobs;
    }
    void charge(std::uint64_t job, CoreTime time) { queue_.charge(specs_.at(JobId{job}), time); }
    JobQueue& queue() { return queue_; }

  private:
    std::map<JobId, JobSpec> specs_;
    JobQueue queue_{{}, 100};
};

using Order = std::vector<std::uint64_t>;

TEST(JobQueue, ServesTheHigherPriorityFirst) {
    Queue queue;
    queue.add(1, a_job().priority(-1)).add(2, a_job()).add(3, a_job().priority(7));
    EXPECT_EQ(queue.order(), (Order{3, 2, 1}));
}

TEST(JobQueue, ServesTheEarliestDeadlineOfAnOwnerFirstAndThoseWithoutOneLast) {
    Queue queue;
    queue.add(1, a_job())
        .add(2, a_job().deadline(2'000))
        .add(3, a_job().deadline(1'000))
        .add(4, a_job().deadline(2'000));
    EXPECT_EQ(queue.order(), (Order{3, 2, 4, 1}));
}

TEST(JobQueue, ADeadlineDoesNotOvertakeAnotherOwner) {
    Queue queue;
    queue.add(1, a_job().owner("alice").deadline(1)).add(2, a_job().owner("bob"));
    queue.charge(1, 1s);
    EXPECT_EQ(queue.order(), (Order{2, 1}));
}

TEST(JobQueue, ShowsAMachineOnlyWhatItCanRunAndStillInOrder) {
    Queue queue;
    queue.add(1, a_job().needs("avx512"))
        .add(2, a_job())
        .add(3, a_job().needs("avx2").deadline(5))
        .add(4, a_job().needs("", 4ULL << 30U))
        .add(5, a_job());
    EXPECT_EQ(queue.order({2, 8ULL << 30U}), (Order{3, 1, 2, 4, 5}));
    EXPECT_EQ(queue.order({1, 8ULL << 30U}), (Order{3, 2, 4, 5}));
    EXPECT_EQ(queue.order({0, 0}), (Order{2, 5}));
}

TEST(JobQueue, AnOwnerWithNothingForAMachineLetsTheNextOwnerPass) {
    Queue queue;
    queue.add(1, a_job().owner("alice").needs("avx512")).add(2, a_job().owner("bob"));
    queue.charge(2, 1h);
    EXPECT_EQ(queue.order({1, 0}), (Order{2}));
}

TEST(JobQueue, AChargeGoesWithItsJobToAnotherPriority) {
    Queue queue;
    queue.add(1, a_job().owner("alice")).add(2, a_job().owner("alice").priority(3));
    const JobSpec spec = a_job().owner("alice").spec();
    const Service charged = queue.queue().charge(spec, 5s);
    queue.queue().transfer(spec, 3, charged);
    EXPECT_EQ(queue.queue().service_of(0, "alice"), 0);
    EXPECT_EQ(queue.queue().service_of(3, "alice"), 5'000'000);
}

TEST(JobQueue, APriorityWithoutWorkAndLeasesStartsAnew) {
    JobQueue queue{{}, 100};
    const JobSpec spec = a_job().spec();
    queue.insert(JobId{1}, spec);
    const Service charged = queue.charge(spec, 5s);
    queue.erase(JobId{1}, spec);
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.service_of(0, "desk"), 5'000'000) << "its lease runs";
    queue.settle(spec, charged, 4s);
    queue.close(spec, 0);
    EXPECT_EQ(queue.service_of(0, "desk"), 0);
}

TEST(JobQueue, AJobOfTheGridIsServedByItsDeadline) {
    CoreHarness grid{one_lease()};
    const JobId late = grid.submit(a_job().blocks(2).deadline(2'000'000));
    const JobId never = grid.submit(a_job().blocks(2));
    const JobId soon = grid.submit(a_job().blocks(2).deadline(1'000'000));
    std::vector<JobId> order;
    grid.joins(kW1, "w1");
    for (int i = 0; i < 6; ++i) {  // Blocks and final step of each.
        grid.tick();
        const auto task = grid.granted(kW1);
        order.push_back(task.job);
        grid.commits(task).expect_accepted(task).take<JobChanged>();
    }
    EXPECT_EQ(order, (std::vector<JobId>{soon, soon, late, late, never, never}));
}

}  // namespace
}  // namespace vargrid::scheduler::testing
