// RecentCache: the values used last, up to a total weight. What is handed out stays alive with
// whoever holds it. Used by one thread.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <utility>

namespace vargrid::worker {

template <class Key, class Value>
class RecentCache {
  public:
    explicit RecentCache(std::uint64_t weight_max) : weight_max_{weight_max} {}

    /// Null if it is not there.
    [[nodiscard]] std::shared_ptr<const Value> find(const Key& key) {
        const auto found = entries_.find(key);
        if (found == entries_.end()) {
            return nullptr;
        }
        order_.splice(order_.begin(), order_, found->second.position);
        return found->second.value;
    }

    /// The newest stays even if it is heavier than all that may be kept.
    void insert(const Key& key, std::shared_ptr<const Value> value, std::uint64_t weight) {
        if (find(key) != nullptr) {
            return;
        }
        order_.push_front(key);
        entries_[key] = {std::move(value), weight, order_.begin()};
        weight_ += weight;
        while (weight_ > weight_max_ && entries_.size() > 1) {
            const auto oldest = entries_.find(order_.back());
            weight_ -= oldest->second.weight;
            entries_.erase(oldest);
            order_.pop_back();
        }
    }

    [[nodiscard]] std::size_t size() const { return entries_.size(); }

  private:
    struct Entry {
        std::shared_ptr<const Value> value;
        std::uint64_t weight{0};
        typename std::list<Key>::iterator position;
    };

    std::uint64_t weight_max_;
    std::uint64_t weight_{0};
    std::list<Key> order_;  ///< Used last comes first.
    std::map<Key, Entry> entries_;
};

}  // namespace vargrid::worker
