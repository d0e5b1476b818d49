#include "scheduler/core/requirements.hpp"

#include "base/check.hpp"

namespace vargrid::scheduler {
namespace {

constexpr std::array<std::string_view, kIsaRanks> kIsaNames{"", "avx2", "avx512"};

/// "4 GiB", "1536 MiB" or bytes: the largest unit that says it exactly.
std::string bytes_text(std::uint64_t bytes) {
    constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20U;
    constexpr std::uint64_t kGibibyte = std::uint64_t{1} << 30U;
    if (bytes % kGibibyte == 0) {
        return std::to_string(bytes / kGibibyte) + " GiB";
    }
    if (bytes % kMebibyte == 0) {
        return std::to_string(bytes / kMebibyte) + " MiB";
    }
    return std::to_string(bytes) + " bytes";
}

}  // namespace

std::optional<std::uint32_t> isa_rank(std::string_view isa) {
    for (std::uint32_t rank = 0; rank < kIsaRanks; ++rank) {
        if (kIsaNames[rank] == isa) {
            return rank;
        }
    }
    return std::nullopt;
}

Ability needs_of(const JobSpec& spec) {
    const auto rank = isa_rank(spec.needs_isa);
    CHECK(rank.has_value());
    return {*rank, spec.memory_per_thread_bytes};
}

Ability ability_of(std::string_view isa, std::uint64_t memory_bytes, std::uint32_t threads) {
    CHECK(threads >= 1);
    return {isa_rank(isa).value_or(0), memory_bytes / threads};
}

std::string words_of(const Ability& needs) {
    std::string words{kIsaNames[needs.isa]};
    if (needs.memory_per_thread_bytes > 0) {
        words += (words.empty() ? "" : " and ") + bytes_text(needs.memory_per_thread_bytes) +
                 " a thread";
    }
    return words;
}

void Abilities::add(const Ability& machine, std::uint64_t capacity) {
    Rank& rank = ranks_.at(machine.isa);
    ++rank.by_memory[machine.memory_per_thread_bytes];
    rank.capacity += capacity;
}

void Abilities::remove(const Ability& machine, std::uint64_t capacity) {
    Rank& rank = ranks_.at(machine.isa);
    const auto found = rank.by_memory.find(machine.memory_per_thread_bytes);
    CHECK(found != rank.by_memory.end() && rank.capacity >= capacity);
    if (--found->second == 0) {
        rank.by_memory.erase(found);
    }
    rank.capacity -= capacity;
}

bool Abilities::any_meets(const Ability& needs) const {
    for (std::size_t rank = needs.isa; rank < kIsaRanks; ++rank) {
        const auto& by_memory = ranks_[rank].by_memory;
        if (!by_memory.empty() && by_memory.rbegin()->first >= needs.memory_per_thread_bytes) {
            return true;
        }
    }
    return false;
}

std::uint64_t Abilities::capacity(std::uint32_t isa) const {
    std::uint64_t sum = 0;
    for (std::size_t rank = isa; rank < kIsaRanks; ++rank) {
        sum += ranks_[rank].capacity;
    }
    return sum;
}

}  // namespace vargrid::scheduler
