// What a job needs of a machine, what a machine is able to, and whether any machine is able to what
// a job needs.
#pragma once

#include "scheduler/core/job.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace vargrid::scheduler {

/// Of a job: the least it needs. Of a machine: the most it is able to.
struct Ability {
    /// 0: none in particular, 1: avx2, 2: avx512. Whoever has one has those below it.
    std::uint32_t isa{0};
    std::uint64_t memory_per_thread_bytes{0};

    friend auto operator<=>(const Ability&, const Ability&) = default;
};

inline constexpr std::size_t kIsaRanks = 3;

/// "" is 0, "avx2" 1, "avx512" 2; none for any other name.
[[nodiscard]] std::optional<std::uint32_t> isa_rank(std::string_view isa);

/// CHECKs that the job names an instruction set that exists.
[[nodiscard]] Ability needs_of(const JobSpec& spec);
/// An unknown instruction set is one of which nothing is known.
[[nodiscard]] Ability ability_of(std::string_view isa,
                                 std::uint64_t memory_bytes,
                                 std::uint32_t threads);

[[nodiscard]] inline bool meets(const Ability& machine, const Ability& needs) {
    return machine.isa >= needs.isa &&
           machine.memory_per_thread_bytes >= needs.memory_per_thread_bytes;
}

/// "avx512 and 4 GiB a thread"; empty if nothing is needed.
[[nodiscard]] std::string words_of(const Ability& needs);

/// The machines that may get work now.
class Abilities {
  public:
    /// `capacity` is threads x speed.
    void add(const Ability& machine, std::uint64_t capacity);
    /// CHECKs that it was added.
    void remove(const Ability& machine, std::uint64_t capacity);

    /// Cost: O(log machines).
    [[nodiscard]] bool any_meets(const Ability& needs) const;
    /// Of all machines with at least this instruction set; memory is not looked at.
    [[nodiscard]] std::uint64_t capacity(std::uint32_t isa) const;

  private:
    struct Rank {
        /// Machines by their memory for each thread.
        std::map<std::uint64_t, std::uint32_t> by_memory;
        std::uint64_t capacity{0};
    };
    std::array<Rank, kIsaRanks> ranks_;
};

}  // namespace vargrid::scheduler
