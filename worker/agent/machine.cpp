#include "worker/agent/machine.hpp"

#include <algorithm>
#include <array>
#include <fstream>
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

}  // namespace vargrid::worker
