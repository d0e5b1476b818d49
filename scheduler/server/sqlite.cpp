#include "scheduler/server/sqlite.hpp"

#include "base/check.hpp"

#include <sqlite3.h>

#include <bit>

namespace vargrid::scheduler {
namespace {

Error sqlite_error(sqlite3* database, int status) {
    const std::string text = database != nullptr ? sqlite3_errmsg(database) : "out of memory";
    switch (status & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {ErrorCode::conflict, "in use by another process"};
        case SQLITE_NOTADB:
            return {ErrorCode::io, "damaged or not a journal (" + text + ")"};
        case SQLITE_CORRUPT:
            return {ErrorCode::io, "damaged (" + text + ")"};
        case SQLITE_FULL:
            return {ErrorCode::io, "disk or journal is full (" + text + ")"};
        default:
            return {ErrorCode::io, text};
    }
}

}  // namespace

void Statement::Finalise::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

Statement& Statement::bind(int parameter, std::uint64_t value) {
    bind_status_ |=
        sqlite3_bind_int64(statement_.get(), parameter, std::bit_cast<std::int64_t>(value));
    return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
    bind_status_ |= sqlite3_bind_text64(statement_.get(),
                                        parameter,
                                        text.data() != nullptr ? text.data() : "",
                                        text.size(),
                                        SQLITE_TRANSIENT,  // NOLINT: SQLite's own cast.
                                        SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind(int parameter, std::span<const std::byte> blob) {
    // A null pointer would store NULL instead of an empty blob.
    const void* const bytes = blob.empty() ? static_cast<const void*>("") : blob.data();
    bind_status_ |= sqlite3_bind_blob64(
        statement_.get(), parameter, bytes, blob.size(), SQLITE_TRANSIENT);  // NOLINT: as above.
    return *this;
}

Statement& Statement::bind_borrowed(int parameter, std::span<const std::byte> blob) {
    const void* const bytes = blob.empty() ? static_cast<const void*>("") : blob.data();
    bind_status_ |=
        sqlite3_bind_blob64(statement_.get(), parameter, bytes, blob.size(), SQLITE_STATIC);
    return *this;
}

Result<bool> Statement::step() {
    if (bind_status_ != SQLITE_OK) {
        return Error{ErrorCode::io, "cannot bind a value"};
    }
    const int status = sqlite3_step(statement_.get());
    if (status == SQLITE_ROW) {
        return true;
    }
    if (status == SQLITE_DONE) {
        return false;
    }
    return sqlite_error(sqlite3_db_handle(statement_.get()), status);
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
    bind_status_ = SQLITE_OK;
}

Result<void> Statement::run() {
    const auto stepped = step();
    reset();
    if (!stepped) {
        return stepped.error();
    }
    return {};
}

std::uint64_t Statement::integer(int column) const {
    return std::bit_cast<std::uint64_t>(sqlite3_column_int64(statement_.get(), column));
}

std::string Statement::text(int column) const {
    const auto* const text = sqlite3_column_text(statement_.get(), column);
    if (text == nullptr) {
        return {};
    }
    const int bytes = sqlite3_column_bytes(statement_.get(), column);
    return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(bytes)};
}

std::span<const std::byte> Statement::blob(int column) const {
    const void* const bytes = sqlite3_column_blob(statement_.get(), column);
    if (bytes == nullptr) {
        return {};
    }
    const int size = sqlite3_column_bytes(statement_.get(), column);
    return {static_cast<const std::byte*>(bytes), static_cast<std::size_t>(size)};
}

void Database::Close::operator()(sqlite3* database) const {
    sqlite3_close_v2(database);
}

Result<Database> Database::open(const std::filesystem::path& file) {
    sqlite3* raw = nullptr;
    const int status =
        sqlite3_open_v2(file.c_str(),
                        &raw,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        nullptr);
    Database database;
    database.database_.reset(raw);
    if (status != SQLITE_OK) {
        return sqlite_error(raw, status);
    }
    sqlite3_extended_result_codes(raw, 1);
    return database;
}

Result<void> Database::execute(const std::string& sql) {
    const int status = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (status != SQLITE_OK) {
        return sqlite_error(database_.get(), status);
    }
    return {};
}

Result<Statement> Database::prepare(const std::string& sql) {
    sqlite3_stmt* raw = nullptr;
    const int status = sqlite3_prepare_v3(
        database_.get(), sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    Statement statement;
    statement.statement_.reset(raw);
    if (status != SQLITE_OK) {
        return sqlite_error(database_.get(), status);
    }
    return statement;
}

Result<std::uint64_t> Database::integer(const std::string& sql) {
    VARGRID_TRY(Statement statement, prepare(sql));
    VARGRID_TRY(const bool found, statement.step());
    if (!found) {
        return Error{ErrorCode::io, "damaged (no answer to '" + sql + "')"};
    }
    return statement.integer(0);
}

void Database::checkpoint_on_request() {
    log_pages_ = std::make_unique<int>(0);
    // Takes the place of SQLite's own hook, which checkpoints in the middle of a commit.
    sqlite3_wal_hook(
        database_.get(),
        [](void* pages, sqlite3* /*database*/, const char* /*name*/, int count) {
            *static_cast<int*>(pages) = count;
            return SQLITE_OK;
        },
        log_pages_.get());
}

Result<void> Database::checkpoint() {
    const int status = sqlite3_wal_checkpoint_v2(
        database_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (status != SQLITE_OK) {
        return sqlite_error(database_.get(), status);
    }
    *log_pages_ = 0;
    return {};
}

}  // namespace vargrid::scheduler
