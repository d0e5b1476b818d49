// CHECK: a bug in this program, found while running. On in every build: a wrong number that gets
// printed costs more than a process that stops. Never used on input; input errors are Result.
#pragma once

#include <string_view>

namespace vargrid {

/// Prints file, line and the failed condition to standard error and aborts.
[[noreturn]] void check_failed(const char* file,
                               int line,
                               const char* condition,
                               std::string_view message);

}  // namespace vargrid

#define CHECK(condition)                                                 \
    do {                                                                 \
        if (!(condition)) [[unlikely]] {                                 \
            ::vargrid::check_failed(__FILE__, __LINE__, #condition, {}); \
        }                                                                \
    } while (false)

#define CHECK_MSG(condition, message)                                         \
    do {                                                                      \
        if (!(condition)) [[unlikely]] {                                      \
            ::vargrid::check_failed(__FILE__, __LINE__, #condition, message); \
        }                                                                     \
    } while (false)
