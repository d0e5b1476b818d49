// What a scheduler process is told at start.
#pragma once

#include "scheduler/core/core_config.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>

namespace vargrid::scheduler {

struct ServerConfig {
    std::string bind{"tcp://127.0.0.1:0"};  ///< Port 0: the system chooses.
    /// Folder of journal and blobs, made if it is not there. Empty: a temporary one, removed at
    /// the end; then nothing survives a restart.
    std::filesystem::path journal_folder;
    /// Log lines to standard error: everything of interest, or warnings only (embedded use).
    bool quiet{false};
    CoreConfig core;

    std::size_t messages_per_turn_max{2'048};
    int io_threads{1};
    /// How soon a stop request is seen at the latest.
    std::chrono::milliseconds wait_max{50};
    /// How long a journal that cannot be written rests before it is tried again.
    std::chrono::milliseconds journal_retry{500};
};

}  // namespace vargrid::scheduler
