// What a scheduler process is told at start.
#pragma once

#include "protocol/messages.hpp"
#include "scheduler/core/core_config.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace vargrid::scheduler {

struct ServerConfig {
    std::string bind{"tcp://127.0.0.1:0"};  ///< Port 0: the system chooses.
    /// Folder of journal and blobs, made if it is not there. Empty: a temporary one, removed at
    /// the end; then nothing survives a restart.
    std::filesystem::path journal_folder{};
    /// Log lines to standard error: everything of interest, or warnings only (embedded use).
    bool quiet{false};
    CoreConfig core{};
    /// Of jobs that name none themselves.
    protocol::Price price{};

    /// What journal and blobs may take on disk; beyond it they behave as on a full disk.
    std::uint64_t journal_bytes_max{std::uint64_t{64} << 30};
    std::uint64_t blob_bytes_max{std::uint64_t{256} << 30};

    std::size_t messages_per_turn_max{2'048};
    /// Messages of workers kept while the journal cannot be written; later ones are dropped and
    /// repeated by the workers.
    std::size_t messages_held_max{100'000};
    int io_threads{1};
    /// How soon a stop request is seen at the latest.
    std::chrono::milliseconds wait_max{50};
    /// How long a journal that cannot be written rests before it is tried again.
    std::chrono::milliseconds journal_retry{500};
};

}  // namespace vargrid::scheduler
