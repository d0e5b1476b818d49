// in_parallel: the same function on every thread of a team.
#pragma once

#include <omp.h>

#include <thread>
#include <vector>

namespace vargrid::worker {

/// Calls `work(thread)` for every thread 0 .. threads-1 at once and waits for all of them.
/// `work` must not throw.
template <class Work>
void in_parallel(int threads, const Work& work) {
#if defined(__SANITIZE_THREAD__)
    // ThreadSanitizer does not see the barriers inside libgomp and reports races that are none.
    std::vector<std::jthread> team;
    for (int thread = 1; thread < threads; ++thread) {
        team.emplace_back([&work, thread] { work(thread); });
    }
    work(0);
#else
#pragma omp parallel num_threads(threads) default(none) shared(work)
    work(omp_get_thread_num());
#endif
}

}  // namespace vargrid::worker
