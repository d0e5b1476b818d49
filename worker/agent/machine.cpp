#include "worker/agent/machine.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>

#include <unistd.h>

namespace vargrid::worker {

std::string host_name() {
    std::array<char, 257> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') {
        return "unknown";
    }
    return name.data();
}

std::uint32_t available_threads() {
    return std::max(1U, std::thread::hardware_concurrency());
}

std::uint64_t available_memory_bytes() {
    const auto pages = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PHYS_PAGES)));
    std::uint64_t bytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    for (const char* path :
         {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
        std::ifstream file{path};
        std::uint64_t limit = 0;
        if (file >> limit) {  // "max" is no number: no limit.
            bytes = std::min(bytes, limit);
        }
    }
    return bytes;
}

Duration process_age() {
    // Field 22 of /proc/self/stat: when the process started, in clock ticks since boot. The fields
    // before it are numbers, but for the name in brackets, which may hold anything.
    std::ifstream file{"/proc/self/stat"};
    const std::string stat{std::istreambuf_iterator<char>{file}, {}};
    const std::size_t name_end = stat.rfind(')');
    timespec since_boot{};
    if (name_end == std::string::npos || clock_gettime(CLOCK_BOOTTIME, &since_boot) != 0) {
        return Duration{0};
    }
    std::istringstream fields{stat.substr(name_end + 1)};
    std::string skipped;
    for (int field = 3; field < 22; ++field) {
        fields >> skipped;
    }
    std::int64_t ticks = 0;
    const std::int64_t ticks_per_second = ::sysconf(_SC_CLK_TCK);
    if (!(fields >> ticks) || ticks_per_second <= 0) {
        return Duration{0};
    }
    const Duration now =
        std::chrono::seconds{since_boot.tv_sec} + std::chrono::nanoseconds{since_boot.tv_nsec};
    return std::max(Duration{0}, now - Duration{ticks * (1'000'000'000 / ticks_per_second)});
}

}  // namespace vargrid::worker
