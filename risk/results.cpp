#include "risk/results.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>

namespace vargrid {
namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

/// "a/b/c" -> "a", "a/b", "a/b/c".
std::vector<std::string> levels_of(const std::string& path) {
    std::vector<std::string> levels;
    for (std::size_t end = path.find('/'); end != std::string::npos;
         end = path.find('/', end + 1)) {
        levels.push_back(path.substr(0, end));
    }
    levels.push_back(path);
    return levels;
}

/// `total` first, then every level of every leaf, ascending.
std::vector<std::string> all_levels(const std::vector<std::string>& leaves) {
    std::set<std::string> levels;
    for (const std::string& leaf : leaves) {
        for (std::string& level : levels_of(leaf)) {
            levels.insert(std::move(level));
        }
    }
    levels.erase(std::string{kTotalBook});
    std::vector<std::string> books{std::string{kTotalBook}};
    books.insert(books.end(), levels.begin(), levels.end());
    return books;
}

/// For every leaf, the indices in `books` of itself and all that contain it.
std::vector<std::vector<std::size_t>> ancestors(const std::vector<std::string>& leaves,
                                                const std::vector<std::string>& books) {
    std::map<std::string, std::size_t> index;
    for (std::size_t i = 0; i < books.size(); ++i) {
        index[books[i]] = i;
    }
    std::vector<std::vector<std::size_t>> all(leaves.size());
    for (std::size_t leaf = 0; leaf < leaves.size(); ++leaf) {
        all[leaf].push_back(0);
        for (const std::string& level : levels_of(leaves[leaf])) {
            if (level != kTotalBook) {
                all[leaf].push_back(index.at(level));
            }
        }
    }
    return all;
}

Digest digest_of(const std::vector<BlockDigest>& digests) {
    ByteWriter writer;
    for (const BlockDigest& digest : digests) {
        writer.put(digest.high);
        writer.put(digest.low);
    }
    return blake2b(writer.bytes());
}

}  // namespace

std::vector<MeasureValue> measures_of(const RunResults& results) {
    std::vector<MeasureValue> measures;
    for (std::size_t book = 0; book < results.books.size(); ++book) {
        for (std::size_t moved = 0; moved < results.run.classes.size(); ++moved) {
            const auto pnl = results.pnl_of(moved, book);
            if (std::ranges::any_of(pnl, [](double amount) { return std::isnan(amount); })) {
                continue;
            }
            std::vector<double> losses(pnl.size());
            std::ranges::transform(pnl, losses.begin(), [](double amount) { return -amount; });
            std::ranges::sort(losses, std::greater<>{});
            for (const MeasureRequest& request : results.run.measures) {
                const double value =
                    estimate(request.estimator, request.confidence_basis_points, losses);
                // A loss of minus zero reads like a sign; there is no information in it.
                measures.push_back({.book = results.books[book],
                                    .risk_class = results.run.classes[moved],
                                    .request = request,
                                    .value = value == 0.0 ? 0.0 : value});
            }
        }
    }
    return measures;
}

ResultsBuilder::ResultsBuilder(RunSpec run)
    : run_{std::move(run)},
      plan_{run_},
      first_trade_{run_.batch_first_trades()},
      leaf_sums_(run_.column_count() * run_.books.size()),
      trade_base_values_(run_.trades.size(), kNoValue),
      trade_pnl_(run_.keep_trade_pnl ? run_.cell_count() : 0, kNoValue),
      digests_(plan_.block_count()),
      present_(plan_.block_count(), 0) {}

Result<void> ResultsBuilder::add(const BlockResult& result) {
    VARGRID_TRY_VOID(check_shapes(result, run_));
    const Block& block = result.block;
    if (present_[block.index] != 0) {
        return Error{ErrorCode::conflict,
                     "block " + std::to_string(block.index) + " is there twice"};
    }
    present_[block.index] = 1;
    digests_[block.index] = result.digest();
    const std::size_t scenarios = run_.scenarios.size();
    for (std::size_t b = 0; b < result.books.size(); ++b) {
        for (std::size_t c = 0; c < block.column_count; ++c) {
            const std::size_t column = block.column_first + c;
            const std::size_t moved = column / scenarios;
            leaf_sums_[(moved * run_.books.size() + result.books[b]) * scenarios +
                       column % scenarios] += result.sum(b, c);
        }
    }
    const std::uint32_t first = first_trade_[block.batch];
    std::ranges::copy(result.base_values, trade_base_values_.begin() + first);
    if (run_.keep_trade_pnl) {
        const std::size_t trades = run_.batches[block.batch].trade_count;
        for (std::size_t i = 0; i < trades; ++i) {
            std::copy_n(
                result.trade_pnl.begin() + static_cast<std::ptrdiff_t>(i * block.column_count),
                block.column_count,
                trade_pnl_.begin() + static_cast<std::ptrdiff_t>((first + i) * run_.column_count() +
                                                                 block.column_first));
        }
    }
    failures_.insert(failures_.end(), result.failures.begin(), result.failures.end());
    return {};
}

void ResultsBuilder::mark_holes(RunResults& results,
                                const std::vector<std::vector<std::size_t>>& containing) const {
    const std::size_t scenarios = run_.scenarios.size();
    const auto mark = [&](std::uint32_t leaf, std::size_t column) {
        for (const std::size_t book : containing[leaf]) {
            results.pnl[(column / scenarios * results.books.size() + book) * scenarios +
                        column % scenarios] = kNoValue;
        }
    };
    for (const CellFailure& failure : results.failures) {
        mark(run_.trades[failure.trade].book, failure.column);
    }
    for (const std::uint64_t index : results.blocks_missing) {
        const Block block = plan_.block(index);
        for (std::uint32_t trade = first_trade_[block.batch]; trade < first_trade_[block.batch + 1];
             ++trade) {
            for (std::uint32_t column = 0; column < block.column_count; ++column) {
                mark(run_.trades[trade].book, block.column_first + column);
            }
        }
    }
}

RunResults ResultsBuilder::finish(const WorkLedger& ledger) && {
    RunResults results;
    results.run = run_;
    results.run_id = run_.run_id();
    results.books = all_levels(run_.books);
    results.ledger = ledger;
    results.blocks_expected = plan_.block_count();
    for (std::uint64_t index = 0; index < plan_.block_count(); ++index) {
        if (present_[index] == 0) {
            results.blocks_missing.push_back(index);
        }
    }
    results.blocks_present = results.blocks_expected - results.blocks_missing.size();
    results.failures = std::move(failures_);
    std::ranges::sort(results.failures, {}, [](const CellFailure& failure) {
        return std::pair{failure.trade, failure.column};
    });

    const auto containing = ancestors(run_.books, results.books);
    const std::size_t scenarios = run_.scenarios.size();
    const std::size_t classes = run_.classes.size();
    std::vector<ExactSum> sums(classes * results.books.size() * scenarios);
    for (std::size_t moved = 0; moved < classes; ++moved) {
        for (std::size_t leaf = 0; leaf < run_.books.size(); ++leaf) {
            const ExactSum* from = &leaf_sums_[(moved * run_.books.size() + leaf) * scenarios];
            for (const std::size_t book : containing[leaf]) {
                ExactSum* to = &sums[(moved * results.books.size() + book) * scenarios];
                for (std::size_t s = 0; s < scenarios; ++s) {
                    to[s] += from[s];
                }
            }
        }
    }
    results.pnl.resize(sums.size());
    std::ranges::transform(sums, results.pnl.begin(), [](ExactSum s) { return s.to_double(); });
    mark_holes(results, containing);
    add_base_values(results, containing);
    results.trade_pnl = std::move(trade_pnl_);
    results.complete = results.blocks_missing.empty() && results.failures.empty();
    results.digest = digest_of(digests_);
    results.measures = measures_of(results);
    return results;
}

void ResultsBuilder::add_base_values(
    RunResults& results, const std::vector<std::vector<std::size_t>>& containing) const {
    std::vector<ExactSum> sums(results.books.size());
    std::vector<char> whole(results.books.size(), 1);
    for (std::size_t trade = 0; trade < run_.trades.size(); ++trade) {
        const double value = trade_base_values_[trade];
        const bool usable = std::fabs(value) <= kCellLimit;
        for (const std::size_t book : containing[run_.trades[trade].book]) {
            if (usable) {
                sums[book] += ExactSum::rounded(value);
            } else {
                whole[book] = 0;
            }
        }
    }
    for (std::size_t book = 0; book < sums.size(); ++book) {
        results.base_values.push_back(whole[book] != 0 ? sums[book].to_double() : kNoValue);
    }
    results.trade_base_values = trade_base_values_;
}

}  // namespace vargrid
