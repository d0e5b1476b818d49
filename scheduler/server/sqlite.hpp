// Database and Statement: SQLite behind RAII and Result. Nothing here knows what is stored.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace vargrid::scheduler {

/// A prepared statement: bind, step, read columns; reset() before the next use. Parameters count
/// from 1, columns from 0, as in SQLite. Integers are stored as the signed number of equal bits.
class Statement {
  public:
    Statement() = default;

    Statement& bind(int parameter, std::uint64_t value);
    Statement& bind(int parameter, std::string_view text);
    Statement& bind(int parameter, std::span<const std::byte> blob);
    /// Without a copy: the bytes stay where they are until the statement has run.
    Statement& bind_borrowed(int parameter, std::span<const std::byte> blob);

    /// True if there is a row. Errors: as Database; a bind that failed is reported here.
    [[nodiscard]] Result<bool> step();
    void reset();
    /// step() of a statement without rows, then reset().
    [[nodiscard]] Result<void> run();

    [[nodiscard]] std::uint64_t integer(int column) const;
    [[nodiscard]] std::string text(int column) const;
    /// Valid until the next step().
    [[nodiscard]] std::span<const std::byte> blob(int column) const;

  private:
    friend class Database;
    struct Finalise {
        void operator()(sqlite3_stmt* statement) const;
    };
    std::unique_ptr<sqlite3_stmt, Finalise> statement_;
    int bind_status_{0};
};

/// Errors of every call: io (disk full, damaged, unreadable), conflict (another process has it).
class Database {
  public:
    [[nodiscard]] static Result<Database> open(const std::filesystem::path& file);

    [[nodiscard]] Result<void> execute(const std::string& sql);
    [[nodiscard]] Result<Statement> prepare(const std::string& sql);
    /// The one number that `sql` gives.
    [[nodiscard]] Result<std::uint64_t> integer(const std::string& sql);

    /// From now on the write-ahead log grows until checkpoint() is called.
    void checkpoint_on_request();
    /// Pages in the write-ahead log that a checkpoint would move to the main file.
    [[nodiscard]] int log_pages() const { return log_pages_ != nullptr ? *log_pages_ : 0; }
    /// Moves the write-ahead log into the main file. An error loses nothing: the log stays.
    [[nodiscard]] Result<void> checkpoint();

  private:
    struct Close {
        void operator()(sqlite3* database) const;
    };
    std::unique_ptr<int> log_pages_;  ///< Where SQLite's hook writes; before the database.
    std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace vargrid::scheduler
