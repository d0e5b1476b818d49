// Historical moves applied to the base market.
#include "pricing/history/market_data.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <utility>

namespace vargrid {

namespace {

/// A historical move of one factor, and the value it is applied to.
struct Move {
    double from{0.0};
    double to{0.0};
    double base{0.0};
};

std::optional<double> ratio_move(const Move& move, double displacement) {
    const double from = move.from + displacement;
    const double to = move.to + displacement;
    const double base = move.base + displacement;
    if (!(from > 0.0) || !(to > 0.0) || !(base > 0.0)) {
        return std::nullopt;
    }
    return base * (to / from) - displacement;
}

/// The shifted value, or nothing where the rule has no answer.
std::optional<double> apply_move(ShiftKind kind, double displacement, const Move& move) {
    switch (kind) {
        case ShiftKind::absolute:
            return move.base + (move.to - move.from);
        case ShiftKind::relative:
            return ratio_move(move, 0.0);
        case ShiftKind::log:
            if (!(move.from > 0.0) || !(move.to > 0.0) || !(move.base > 0.0)) {
                return std::nullopt;
            }
            return move.base * std::exp(std::log(move.to) - std::log(move.from));
        case ShiftKind::displaced:
            return ratio_move(move, displacement);
    }
    CHECK_MSG(false, "not a kind of shift");
}

std::string_view name_of(ShiftKind kind) {
    switch (kind) {
        case ShiftKind::absolute:
            return "absolute";
        case ShiftKind::relative:
            return "relative";
        case ShiftKind::log:
            return "log";
        case ShiftKind::displaced:
            return "displaced";
    }
    CHECK_MSG(false, "not a kind of shift");
}

std::string number_text(double value) {
    std::array<char, 32> text{};
    const auto [end, code] = std::to_chars(text.data(), text.data() + text.size(), value);
    CHECK(code == std::errc{});
    return {text.data(), end};
}

/// Builds the shifted values, collecting what could not be done.
class Builder {
  public:
    Builder(const MarketData& data, const ScenarioRequest& request)
        : market_{data.market}, history_{data.history}, request_{request} {}

    Result<Scenarios> build() {
        VARGRID_TRY_VOID(check_request());
        begin();
        for (std::size_t i = 0; i < request_.count; ++i) {
            add_scenario(first_ + i);
        }
        if (refused_ > 0) {
            return refusal();
        }
        report_coverage();
        return std::move(result_);
    }

  private:
    [[nodiscard]] std::size_t horizon() const {
        return static_cast<std::size_t>(request_.horizon_days);
    }

    Result<void> check_request() const {
        constexpr std::size_t kScenariosMax = 1'000'000;
        constexpr int kHorizonMax = 2'520;
        if (request_.count == 0 || request_.count > kScenariosMax) {
            return Error{ErrorCode::invalid_input, "expected 1 to 1000000 scenarios"};
        }
        if (request_.horizon_days < 1 || request_.horizon_days > kHorizonMax) {
            return Error{ErrorCode::invalid_input, "expected a horizon of 1 to 2520 days"};
        }
        if (request_.needed_factors.has_value()) {
            for (const std::string& name : *request_.needed_factors) {
                const auto& factors = market_.layout->factors;
                if (std::none_of(factors.begin(), factors.end(), [&](const RiskFactor& factor) {
                        return factor.name == name;
                    })) {
                    return Error{ErrorCode::invalid_input,
                                 "there is no risk factor '" + name + "'"};
                }
            }
        }
        return check_length();
    }

    Result<void> check_length() const {
        const std::size_t wanted = request_.count + horizon();
        if (wanted <= history_.dates.size()) {
            return {};
        }
        std::string message = std::to_string(request_.count) + " scenarios over " +
                              std::to_string(request_.horizon_days) +
                              (request_.horizon_days == 1 ? " day need " : " days need ") +
                              std::to_string(wanted) + " dates up to " +
                              to_iso(history_.dates.back()) + ", there are " +
                              std::to_string(history_.dates.size()) + " (from " +
                              to_iso(history_.dates.front()) + ")";
        const auto latest = std::max_element(
            history_.series.begin(), history_.series.end(), [](const auto& a, const auto& b) {
                return a.first < b.first;
            });
        const auto sparsest = std::max_element(
            history_.series.begin(), history_.series.end(), [](const auto& a, const auto& b) {
                return a.missing.size() < b.missing.size();
            });
        if (latest != history_.series.end()) {
            message += "; the last series to begin is '" + latest->name + "' (" +
                       to_iso(latest->first) + ")";
            if (!sparsest->missing.empty()) {
                message += ", the one with most dates missing since '" + sparsest->name + "' (" +
                           std::to_string(sparsest->missing.size()) + ")";
            }
        }
        return Error{ErrorCode::invalid_input, message};
    }

    void begin() {
        const MarketLayout& layout = *market_.layout;
        first_ = history_.dates.size() - request_.count - horizon();
        ScenarioSet& set = result_.set;
        set.as_of = market_.as_of;
        set.base = market_.values;
        set.shifted.reserve(request_.count * set.base.size());
        for (const RiskFactor& factor : layout.factors) {
            set.classes.push_back(factor.risk_class);
            is_needed_.push_back(!request_.needed_factors.has_value() ||
                                 request_.needed_factors->contains(factor.name));
        }
    }

    void add_scenario(std::size_t from) {
        const std::size_t to = from + horizon();
        result_.set.labels.push_back({history_.dates[from], history_.dates[to]});
        for (std::size_t f = 0; f < market_.values.size(); ++f) {
            const Move move{history_.value(from, f), history_.value(to, f), market_.values[f]};
            result_.set.shifted.push_back(shifted(f, move));
        }
    }

    double shifted(std::size_t f, const Move& move) {
        const ShiftRule& rule = history_.rules[f];
        if (rule.constant) {
            return move.base;
        }
        if (const auto value = usable(f, rule.kind, move); value.has_value()) {
            return *value;
        }
        if (rule.fallback != MoveFallback::refuse) {
            const bool is_absolute = rule.fallback == MoveFallback::absolute;
            const auto value =
                usable(f, is_absolute ? ShiftKind::absolute : ShiftKind::displaced, move);
            if (value.has_value()) {
                note(f,
                     is_absolute ? MoveException::fallback_absolute
                                 : MoveException::fallback_displaced,
                     move,
                     *value);
                return *value;
            }
        }
        if (is_needed_[f]) {
            refuse(f, move);
        } else {
            note(f, MoveException::unused_base_kept, move, move.base);
        }
        return move.base;
    }

    /// The move by `kind` if it has an answer that a market may hold.
    std::optional<double> usable(std::size_t f, ShiftKind kind, const Move& move) const {
        const auto value = apply_move(kind, history_.rules[f].displacement, move);
        if (!value.has_value() || !what_is_wrong(result_.set.classes[f], *value).empty()) {
            return std::nullopt;
        }
        return value;
    }

    void note(std::size_t f, MoveException exception, const Move& move, double value) {
        result_.report.exceptional_moves.push_back({market_.layout->factors[f].name,
                                                    exception,
                                                    result_.set.labels.back().from,
                                                    result_.set.labels.back().to,
                                                    move.from,
                                                    move.to,
                                                    move.base,
                                                    value});
    }

    void refuse(std::size_t f, const Move& move) {
        constexpr std::size_t kShown = 3;
        ++refused_;
        if (refused_ > kShown) {
            return;
        }
        const ScenarioLabel& label = result_.set.labels.back();
        const ShiftRule& rule = history_.rules[f];
        refusals_ += "\n  '" + market_.layout->factors[f].name + "' from " + to_iso(label.from) +
                     " (" + number_text(move.from) + ") to " + to_iso(label.to) + " (" +
                     number_text(move.to) + "), " + std::string{name_of(rule.kind)} +
                     " on the base value " + number_text(move.base);
        if (rule.fallback != MoveFallback::refuse) {
            refusals_ += ", and its fallback gives no usable value either";
        }
    }

    [[nodiscard]] Error refusal() const {
        std::string message =
            std::to_string(refused_) +
            (refused_ == 1 ? " historical move is" : " historical moves are") +
            " undefined or would leave a price, rate or volatility out of its range:" + refusals_;
        if (const std::size_t shown = 3; refused_ > shown) {
            message += "\n  and " + std::to_string(refused_ - shown) + " more";
        }
        message +=
            "\nSay in the mapping how the factor is to move instead: fallback = \"absolute\", or "
            "fallback = \"displaced\" with a displacement, or another shift";
        return Error{ErrorCode::invalid_input, message};
    }

    void report_coverage() {
        DataReport& report = result_.report;
        report.as_of_requested = history_.as_of_requested;
        report.as_of_used = market_.as_of;
        report.first_date = history_.dates[first_];
        report.last_date = history_.dates.back();
        report.scenarios = request_.count;
        report.horizon_days = request_.horizon_days;
        report.dates_available = history_.dates.size();
        report.dates_used = request_.count + horizon();
        report.duplicate_dates = history_.duplicate_dates;
        report.warnings = history_.warnings;
        const auto in_window = [&](const std::vector<Date>& dates) {
            return static_cast<std::size_t>(
                dates.end() - std::lower_bound(dates.begin(), dates.end(), report.first_date));
        };
        report.dates_dropped = in_window(history_.dropped_dates);
        for (const SeriesSummary& series : history_.series) {
            report.factors.push_back(
                {series.name, series.first, series.last, in_window(series.missing)});
        }
    }

    const Market& market_;
    const History& history_;
    const ScenarioRequest& request_;
    std::size_t first_{0};  ///< Where the first scenario starts, in the history's dates.
    std::vector<bool> is_needed_;
    Scenarios result_;
    std::size_t refused_{0};
    std::string refusals_;
};

}  // namespace

Result<Scenarios> make_scenarios(const MarketData& data, const ScenarioRequest& request) {
    return Builder{data, request}.build();
}

}  // namespace vargrid
