// Result<T>: a value or the reason why there is none. For failures a careful caller expects: bad
// input, a full disk, a peer that went away. Bugs are CHECK. Member names follow std::expected.
#pragma once

#include "base/check.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace vargrid {

/// A code exists only where some caller acts on it; the rest is in the message.
enum class ErrorCode {
    invalid_input,  ///< What was given is wrong; the message says where and what was expected.
    not_found,      ///< No such job, file or item.
    unreachable,    ///< The scheduler does not answer.
    unauthorised,   ///< The peer refused who we are.
    io,             ///< Disk, permission, or a damaged file.
    limit,          ///< A configured limit was reached.
    conflict,       ///< The request contradicts what is already there.
    internal,       ///< A foreign library failed in a way nobody can act on.
};

struct Error {
    ErrorCode code{ErrorCode::internal};
    std::string message;

    friend bool operator==(const Error&, const Error&) = default;
};

/// Returns `error` with "context: " put before its message.
[[nodiscard]] inline Error with_context(Error error, const std::string& context) {
    error.message = context + ": " + error.message;
    return error;
}

template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_{std::in_place_index<0>, std::move(value)} {}      // NOLINT: implicit
    Result(Error error) : state_{std::in_place_index<1>, std::move(error)} {}  // NOLINT: implicit

    [[nodiscard]] bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    [[nodiscard]] T& value() & {
        CHECK_MSG(has_value(), std::get<1>(state_).message);
        return std::get<0>(state_);
    }
    [[nodiscard]] const T& value() const& {
        CHECK_MSG(has_value(), std::get<1>(state_).message);
        return std::get<0>(state_);
    }
    [[nodiscard]] T&& value() && {
        CHECK_MSG(has_value(), std::get<1>(state_).message);
        return std::get<0>(std::move(state_));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    [[nodiscard]] const Error& error() const& {
        CHECK(!has_value());
        return std::get<1>(state_);
    }
    [[nodiscard]] Error&& error() && {
        CHECK(!has_value());
        return std::get<1>(std::move(state_));
    }

  private:
    std::variant<T, Error> state_;
};

/// Success without a value, or an error.
template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_{std::move(error)} {}  // NOLINT: implicit

    [[nodiscard]] bool has_value() const { return !error_.has_value(); }
    explicit operator bool() const { return has_value(); }
    void value() const { CHECK_MSG(has_value(), error_->message); }
    [[nodiscard]] const Error& error() const& {
        CHECK(!has_value());
        return *error_;
    }
    [[nodiscard]] Error&& error() && {
        CHECK(!has_value());
        return std::move(*error_);
    }

  private:
    std::optional<Error> error_;
};

}  // namespace vargrid

#define VARGRID_CONCAT_INNER(a, b) a##b
#define VARGRID_CONCAT(a, b) VARGRID_CONCAT_INNER(a, b)

/// `VARGRID_TRY(auto x, f())`: declares x from the value of f(), or returns f()'s error.
#define VARGRID_TRY(declaration, expression)                              \
    auto VARGRID_CONCAT(vargrid_try_, __LINE__) = (expression);           \
    if (!VARGRID_CONCAT(vargrid_try_, __LINE__)) {                        \
        return std::move(VARGRID_CONCAT(vargrid_try_, __LINE__)).error(); \
    }                                                                     \
    declaration = std::move(VARGRID_CONCAT(vargrid_try_, __LINE__)).value()

/// `VARGRID_TRY_VOID(f())`: returns f()'s error, if any.
#define VARGRID_TRY_VOID(expression)                                   \
    do {                                                               \
        if (auto vargrid_try_void = (expression); !vargrid_try_void) { \
            return std::move(vargrid_try_void).error();                \
        }                                                              \
    } while (false)
