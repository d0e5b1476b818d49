#include "protocol/manifest.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>

namespace vargrid::protocol {
namespace {

constexpr std::string_view kMagic = "VGMANIF3";

/// The numbers of a ledger in their order in the file.
auto fields_of(auto& ledger) {
    return std::tie(ledger.useful_core_us,
                    ledger.lost_to_reclaim_core_us,
                    ledger.lost_to_faults_core_us,
                    ledger.speculative_core_us,
                    ledger.audit_core_us,
                    ledger.idle_core_us,
                    ledger.start_up_core_us,
                    ledger.leases,
                    ledger.commits,
                    ledger.commits_repeated,
                    ledger.commits_refused,
                    ledger.leases_returned,
                    ledger.leases_lost,
                    ledger.blocks_repeated,
                    ledger.block_faults);
}

/// Empty if committed and set-aside ranges cover 0 .. n_blocks - 1 exactly, else what is wrong.
std::string cover_problem(const Manifest& manifest) {
    auto committed = manifest.committed.begin();
    auto aside = manifest.set_aside.begin();
    std::uint64_t next = 0;
    while (committed != manifest.committed.end() || aside != manifest.set_aside.end()) {
        BlockRange range;
        if (committed != manifest.committed.end() && committed->range.first == next) {
            range = committed++->range;
        } else if (aside != manifest.set_aside.end() && aside->first == next) {
            range = *aside++;
        } else {
            return "no range starts at block " + std::to_string(next);
        }
        if (range.first >= range.last) {
            return "an empty range at block " + std::to_string(next);
        }
        next = range.last;
    }
    if (next != manifest.n_blocks) {
        return "covers " + std::to_string(next) + " of " + std::to_string(manifest.n_blocks) +
               " blocks";
    }
    return {};
}

Error not_a_manifest(const std::string& why) {
    return Error{ErrorCode::invalid_input, "manifest: " + why};
}

Result<std::vector<std::string>> read_shards(ByteReader& reader) {
    std::vector<std::string> shards(reader.get_count(sizeof(std::uint64_t)));
    for (std::string& shard : shards) {
        shard = reader.get_text();
    }
    if (reader.failed()) {
        return not_a_manifest("truncated");
    }
    for (std::size_t i = 0; i < shards.size(); ++i) {
        const std::string& shard = shards[i];
        if (shard.empty() || shard.front() == '.' || shard.find('/') != std::string::npos ||
            shard.find('\0') != std::string::npos) {
            return not_a_manifest("'" + shard + "' is not the file name of a shard");
        }
        if (i > 0 && shards[i - 1] >= shard) {
            return not_a_manifest("the shard names are not sorted");
        }
    }
    return shards;
}

}  // namespace

Result<void> check_cover(const Manifest& manifest) {
    if (const std::string problem = cover_problem(manifest); !problem.empty()) {
        return not_a_manifest(problem);
    }
    return {};
}

Bytes encode_manifest(const Manifest& manifest) {
    const std::string problem = cover_problem(manifest);
    CHECK_MSG(problem.empty(), problem);
    std::map<std::string_view, std::uint64_t> shards;
    for (const ManifestEntry& entry : manifest.committed) {
        shards.emplace(entry.shard, 0);
    }
    ByteWriter writer;
    for (const char letter : kMagic) {
        writer.put(letter);
    }
    writer.put(manifest.job.value());
    writer.put(manifest.n_blocks);
    writer.put<std::uint64_t>(shards.size());
    std::uint64_t index = 0;
    for (auto& [name, number] : shards) {
        number = index++;
        writer.put_text(name);
    }
    writer.put<std::uint64_t>(manifest.committed.size());
    for (const ManifestEntry& entry : manifest.committed) {
        writer.put(entry.range.first);
        writer.put(entry.range.last);
        writer.put(entry.attempt.value());
        writer.put(shards.at(entry.shard));
        writer.put(entry.digest.high);
        writer.put(entry.digest.low);
    }
    writer.put<std::uint64_t>(manifest.set_aside.size());
    for (const BlockRange& range : manifest.set_aside) {
        writer.put(range.first);
        writer.put(range.last);
    }
    writer.put(manifest.elapsed_ns);
    std::apply([&](const auto&... field) { (writer.put(field), ...); }, fields_of(manifest.ledger));
    writer.put(manifest.price.per_core_hour_millionths);
    writer.put_text(manifest.price.currency);
    return writer.take();
}

Result<Manifest> decode_manifest(std::span<const std::byte> bytes) {
    ByteReader reader{bytes};
    for (const char letter : kMagic) {
        if (reader.get<char>() != letter || reader.failed()) {
            return not_a_manifest("it does not begin with " + std::string{kMagic});
        }
    }
    Manifest manifest;
    manifest.job = JobId{reader.get<std::uint64_t>()};
    manifest.n_blocks = reader.get<std::uint64_t>();
    VARGRID_TRY(const auto shards, read_shards(reader));
    manifest.committed.resize(reader.get_count(6 * sizeof(std::uint64_t)));
    for (ManifestEntry& entry : manifest.committed) {
        entry.range.first = reader.get<std::uint64_t>();
        entry.range.last = reader.get<std::uint64_t>();
        entry.attempt = Attempt{reader.get<std::uint64_t>()};
        const auto shard = reader.get<std::uint64_t>();
        if (shard >= shards.size()) {
            return not_a_manifest("there is no shard " + std::to_string(shard));
        }
        entry.shard = shards[shard];
        entry.digest.high = reader.get<std::uint64_t>();
        entry.digest.low = reader.get<std::uint64_t>();
    }
    manifest.set_aside.resize(reader.get_count(2 * sizeof(std::uint64_t)));
    for (BlockRange& range : manifest.set_aside) {
        range.first = reader.get<std::uint64_t>();
        range.last = reader.get<std::uint64_t>();
    }
    manifest.elapsed_ns = reader.get<std::uint64_t>();
    std::apply([&](auto&... field) { ((field = reader.get<std::uint64_t>()), ...); },
               fields_of(manifest.ledger));
    manifest.price.per_core_hour_millionths = reader.get<std::uint64_t>();
    manifest.price.currency = reader.get_text();
    VARGRID_TRY_VOID(reader.finish("manifest"));
    VARGRID_TRY_VOID(check_cover(manifest));
    return manifest;
}

}  // namespace vargrid::protocol
