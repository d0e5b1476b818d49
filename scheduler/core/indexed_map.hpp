// IndexedMap: a std::map with a second way in. Iteration is in order of keys, as everywhere in the
// core; find() and at() go through a flat table of hashed keys, because with 60,000 workers the way
// down a tree is a dozen cache misses and every heartbeat takes several. The table is only ever
// asked for one key, so its order decides nothing.
#pragma once

#include "base/check.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

namespace vargrid::scheduler {

/// Key: a StrongId. Iterators and references stay valid until their entry is erased, as in a map.
template <class Key, class Value>
class IndexedMap {
    using Map = std::map<Key, Value>;

  public:
    using iterator = typename Map::iterator;
    using const_iterator = typename Map::const_iterator;

    IndexedMap() = default;
    IndexedMap(const IndexedMap&) = delete;
    IndexedMap& operator=(const IndexedMap&) = delete;
    IndexedMap(IndexedMap&&) noexcept = default;
    IndexedMap& operator=(IndexedMap&&) noexcept = default;
    ~IndexedMap() = default;

    [[nodiscard]] bool empty() const { return map_.empty(); }
    [[nodiscard]] std::size_t size() const { return map_.size(); }
    [[nodiscard]] iterator begin() { return map_.begin(); }
    [[nodiscard]] iterator end() { return map_.end(); }
    [[nodiscard]] const_iterator begin() const { return map_.begin(); }
    [[nodiscard]] const_iterator end() const { return map_.end(); }

    [[nodiscard]] iterator find(Key key) {
        const std::size_t slot = slot_of(key);
        return slot == kNone ? map_.end() : slots_[slot].at;
    }
    [[nodiscard]] const_iterator find(Key key) const {
        const std::size_t slot = slot_of(key);
        return slot == kNone ? map_.end() : const_iterator{slots_[slot].at};
    }
    [[nodiscard]] bool contains(Key key) const { return slot_of(key) != kNone; }
    /// CHECKs that it is there.
    [[nodiscard]] Value& at(Key key) {
        const std::size_t slot = slot_of(key);
        CHECK(slot != kNone);
        return slots_[slot].at->second;
    }
    [[nodiscard]] const Value& at(Key key) const {
        const std::size_t slot = slot_of(key);
        CHECK(slot != kNone);
        return slots_[slot].at->second;
    }

    template <class... Arguments>
    std::pair<iterator, bool> emplace(Key key, Arguments&&... arguments) {
        if (const std::size_t slot = slot_of(key); slot != kNone) {
            return {slots_[slot].at, false};
        }
        // Attempts only rise.
        const bool is_last = !map_.empty() && std::prev(map_.end())->first < key;
        const iterator at =
            map_.emplace_hint(is_last ? map_.end() : map_.lower_bound(key),
                              std::piecewise_construct,
                              std::forward_as_tuple(key),
                              std::forward_as_tuple(std::forward<Arguments>(arguments)...));
        if (2 * map_.size() > slots_.size()) {
            rebuild();
        } else {
            put(at);
        }
        return {at, true};
    }

    iterator erase(const_iterator at) {
        remove(slot_of(at->first));
        return map_.erase(at);
    }
    std::size_t erase(Key key) {
        const iterator at = find(key);
        if (at == map_.end()) {
            return 0;
        }
        erase(const_iterator{at});
        return 1;
    }

  private:
    struct Slot {
        Key key{};
        iterator at{};
        bool taken{false};
    };
    static constexpr std::size_t kNone = SIZE_MAX;
    static constexpr std::size_t kSlotsMin = 16;

    [[nodiscard]] std::size_t home_of(Key key) const {
        const std::uint64_t mixed = key.value() * 0x9e3779b97f4a7c15ULL;
        return static_cast<std::size_t>(mixed >> 32U) & (slots_.size() - 1);
    }
    [[nodiscard]] std::size_t next(std::size_t slot) const {
        return (slot + 1) & (slots_.size() - 1);
    }

    [[nodiscard]] std::size_t slot_of(Key key) const {
        if (slots_.empty()) {
            return kNone;
        }
        for (std::size_t slot = home_of(key); slots_[slot].taken; slot = next(slot)) {
            if (slots_[slot].key == key) {
                return slot;
            }
        }
        return kNone;
    }

    void put(iterator at) {
        std::size_t slot = home_of(at->first);
        while (slots_[slot].taken) {
            slot = next(slot);
        }
        slots_[slot] = Slot{at->first, at, true};
    }

    /// Moves those behind it that the gap would hide.
    void remove(std::size_t gap) {
        CHECK(gap != kNone);
        const std::size_t mask = slots_.size() - 1;
        for (std::size_t slot = next(gap); slots_[slot].taken; slot = next(slot)) {
            const std::size_t home = home_of(slots_[slot].key);
            if (((slot - home) & mask) >= ((slot - gap) & mask)) {
                slots_[gap] = slots_[slot];
                gap = slot;
            }
        }
        slots_[gap] = Slot{};
    }

    void rebuild() {
        std::size_t count = kSlotsMin;
        while (count < 4 * map_.size()) {
            count *= 2;
        }
        slots_.assign(count, Slot{});
        for (iterator at = map_.begin(); at != map_.end(); ++at) {
            put(at);
        }
    }

    Map map_;
    /// At most half full, so that every search ends at a free slot.
    std::vector<Slot> slots_;
};

}  // namespace vargrid::scheduler
