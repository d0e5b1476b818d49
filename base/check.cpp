#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace vargrid {

void check_failed(const char* file, int line, const char* condition, std::string_view message) {
    std::fprintf(stderr,
                 "vargrid: bug: %s:%d: CHECK(%s) failed%s%.*s\n",
                 file,
                 line,
                 condition,
                 message.empty() ? "" : ": ",
                 static_cast<int>(message.size()),
                 message.data());
    std::abort();
}

}  // namespace vargrid
