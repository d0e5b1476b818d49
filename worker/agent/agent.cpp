#include "worker/agent/agent.hpp"

#include "protocol/codec.hpp"
#include "protocol/version.hpp"
#include "worker/agent/cluster.hpp"
#include "worker/agent/translate.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace vargrid::worker {
namespace {

/// Messages taken from the socket before the session gets its Tick.
constexpr int kMessagesPerTurnMax = 1'000;

/// The session wakes us every few seconds at least; a longer gap means that the process was
/// stopped.
constexpr Duration kSuspendedMin{std::chrono::seconds{30}};
constexpr std::size_t kFoldersMax = 64;

/// CLOCK_MONOTONIC: goes on while the process is stopped, so that a resumed one notices its
/// silence.
Instant clock_now() {
    return Instant{Duration{std::chrono::steady_clock::now().time_since_epoch()}.count()};
}

std::string text_of(const Lease& lease) {
    return "job " + std::to_string(lease.job.value()) + " attempt " +
           std::to_string(lease.attempt.value()) +
           (lease.final_step ? " final step"
                             : " blocks " + std::to_string(lease.range.first) + " to " +
                                   std::to_string(lease.range.last));
}

protocol::DealerOptions dealer_options(const AgentConfig& config) {
    return {.endpoint = config.endpoint,
            .self = {protocol::Role::worker, config.session.incarnation.value()},
            // A worker's retries are the session's; the transport only has to be quick.
            .reconnect_max = std::chrono::milliseconds{2'000}};
}

}  // namespace

Result<std::unique_ptr<Agent>> Agent::open(AgentConfig config, TaskRunner& runner) {
    if (config.session.incarnation == Incarnation{}) {
        config.session.incarnation = Incarnation{protocol::random_id()};
    }
    if (config.session.host.empty()) {
        config.session.host = default_host();
    }
    if (config.session.name.empty()) {
        config.session.name = default_name();
    }
    VARGRID_TRY(protocol::Wakeup wakeup, protocol::Wakeup::open());
    protocol::Context context;
    VARGRID_TRY(protocol::Dealer dealer,
                protocol::Dealer::connect(context, dealer_options(config)));
    return std::unique_ptr<Agent>{new Agent{
        std::move(config), runner, std::move(wakeup), std::move(context), std::move(dealer)}};
}

Agent::Agent(AgentConfig config,
             TaskRunner& runner,
             protocol::Wakeup wakeup,
             protocol::Context context,
             protocol::Dealer dealer)
    : config_{std::move(config)},
      wakeup_{std::move(wakeup)},
      context_{std::move(context)},
      dealer_{std::move(dealer)},
      log_{config_.log_level, config_.session.name},
      session_{config_.session},
      now_{clock_now()},
      heard_at_{now_},
      events_{wakeup_},
      blobs_{BlobCache{config_.cache_folder, config_.cache_bytes_max}, events_},
      writer_{runner, events_},
      executor_{runner, blobs_, events_, static_cast<int>(config_.session.threads)} {
    if (!config_.cache_folder.empty() &&
        !BlobCache{config_.cache_folder, config_.cache_bytes_max}.is_usable()) {
        log_.warn("no blob cache: " + config_.cache_folder.string() +
                  " is not a folder of ours that can be written to");
    }
}

Agent::~Agent() = default;

void Agent::request_drain() noexcept {
    drains_requested_.fetch_add(1);
    wakeup_.notify();
}

int Agent::run() {
    log_.info("connecting to " + dealer_->endpoint() + ", " +
              std::to_string(config_.session.threads) + " threads, " + config_.session.isa);
    while (!exit_code_) {
        turn();
        if (!exit_code_) {
            wait();
        }
    }
    blobs_.call_off();
    // The context ends when the last messages are out, or DealerOptions::linger is over.
    dealer_.reset();
    context_.reset();
    log_.info("leaving with code " + std::to_string(*exit_code_));
    return *exit_code_;
}

/// Everything that happened since the last turn, one Tick, then what the session wants done.
void Agent::turn() {
    const Instant now = clock_now();
    if (now - now_ >= kSuspendedMin) {
        heard_at_ = now;  // The silence was ours: ask before giving up.
    }
    now_ = now;
    take_notices();
    receive();
    for (const int requested = drains_requested_.load(); drains_told_ < requested; ++drains_told_) {
        log_.info("asked to leave, " +
                  std::to_string(
                      std::chrono::duration_cast<std::chrono::seconds>(config_.grace).count()) +
                  " s grace");
        tell({now_, DrainRequested{config_.grace}});
    }
    tell({now_, Tick{}});
    for (const Action& action : std::exchange(actions_, {})) {
        carry_out(action);
    }
    send_questions();
    if (!exit_code_ && is_cut_off()) {
        log_.error("nothing heard from " + config_.endpoint + " for " +
                   std::to_string((now_ - heard_at_).count() / 1'000'000'000) + " s");
        exit_code_ = kExitUnreachable;
    }
}

void Agent::wait() const {
    const Duration timeout = next_deadline() - clock_now();
    if (timeout.count() > 0) {
        dealer_->wait(timeout, &wakeup_);
    }
}

Instant Agent::next_deadline() const {
    Instant next = session_.next_deadline().value_or(now_);
    if (const auto blobs = blobs_.next_deadline()) {
        next = std::min(next, *blobs);
    }
    if (config_.connect_timeout.count() > 0) {
        const Instant cut_off = heard_at_ + config_.connect_timeout;
        // While something is computed nobody leaves; the session's own deadlines wake us.
        next = cut_off > now_ ? std::min(next, cut_off) : next;
    }
    return next;
}

void Agent::tell(const Event& event) {
    session_.apply(event, actions_);
}

void Agent::receive() {
    for (int i = 0; i < kMessagesPerTurnMax; ++i) {
        const auto bytes = dealer_->receive();
        if (!bytes) {
            return;
        }
        const auto messages = protocol::decode_all(*bytes);
        if (!messages) {
            log_.warn("a message that cannot be read: " + messages.error().message);
            continue;
        }
        for (const protocol::Message& message : *messages) {
            receive(message);
        }
    }
    wakeup_.notify();  // There may be more: do not sleep before they are read.
}

void Agent::receive(const protocol::Message& message) {
    heard_at_ = now_;
    if (const auto* refusal = std::get_if<protocol::Refusal>(&message.body)) {
        on_refusal(message.request, *refusal);
        return;
    }
    if (const auto* chunk = std::get_if<protocol::BlobChunk>(&message.body)) {
        blobs_.on_chunk(*chunk, now_);
        return;
    }
    if (const auto* granted = std::get_if<protocol::LeaseGranted>(&message.body)) {
        // A grant that is repeated must not make the agent forget what runs under it.
        held_.try_emplace(granted->attempt,
                          Held{task_of(*granted, config_.session.incarnation), nullptr, false, 0});
        remember_folder(granted->job, granted->output_folder);
    }
    if (const auto* reply = std::get_if<protocol::CommitReply>(&message.body);
        reply != nullptr && reply->verdict == protocol::CommitVerdict::accepted) {
        const auto held = held_.find(reply->attempt);
        if (held != held_.end() && held->second.task != nullptr) {
            writer_.accepted(held->second.task);
        }
    }
    const bool was_welcome = session_.is_welcome();
    if (const auto event = event_of(message, now_)) {
        tell(*event);
    }
    if (!was_welcome && session_.is_welcome()) {
        log_.info("welcome, epoch " + std::to_string(session_.epoch().value()) + ", " +
                  std::to_string(session_.lease_count()) + " leases held");
    }
}

void Agent::on_refusal(std::uint64_t request, const protocol::Refusal& refusal) {
    if (blobs_.on_refusal(request, refusal)) {
        return;
    }
    log_.warn(std::string{"the scheduler refused a message ("} + protocol::name_of(refusal.code) +
              "): " + refusal.text);
    if (refusal.code == protocol::RefusalCode::unsupported_version && !session_.is_welcome()) {
        log_.error("this worker is of another release than the scheduler");
        exit_code_ = kExitFailed;
    }
}

void Agent::take_notices() {
    for (Notice& notice : events_.take()) {
        std::visit(
            [&](auto& what) {
                using What = std::decay_t<decltype(what)>;
                const auto held = held_.find(what.attempt);
                if (held != held_.end()) {
                    if constexpr (std::is_same_v<What, TaskPrepared>) {
                        held->second.task = std::move(what.task);
                    } else if constexpr (std::is_same_v<What, TaskStopped>) {
                        held->second.running = false;
                    } else if constexpr (std::is_same_v<What, ShardWritten> ||
                                         std::is_same_v<What, ShardFailed>) {
                        --held->second.shards_in_work;
                    }
                }
                if constexpr (std::is_same_v<What, BlockFailed>) {
                    log_.warn("block " + std::to_string(what.block) + " failed: " + what.message);
                } else if constexpr (std::is_same_v<What, ShardFailed>) {
                    log_.warn("a shard could not be written: " + what.message);
                } else if constexpr (std::is_same_v<What, TaskStopped>) {
                    if (!what.failure.empty()) {
                        log_.warn("a task could not run here: " + what.failure);
                    }
                }
                if constexpr (std::is_same_v<What, TaskPrepared>) {
                    tell({now_, TaskBegun{what.attempt, what.start_up}});
                } else {
                    tell({now_, std::move(what)});
                }
            },
            notice);
    }
}

void Agent::send(std::uint64_t request, protocol::Body body) {
    const protocol::Message message{.epoch = session_.epoch(),
                                    .sender = config_.session.incarnation.value(),
                                    .request = request,
                                    .body = std::move(body)};
    if (!dealer_->send(protocol::encode(message))) {
        // Whatever matters is said again: hello, heartbeat, commit and blob questions repeat, and
        // returns show in the next hello.
        log_.debug(std::string{"dropped a "} + protocol::name_of(message.body) +
                   ": the scheduler does not take messages");
    }
}

void Agent::send_questions() {
    if (exit_code_ || !session_.is_welcome()) {
        return;
    }
    for (BlobStore::Question& question : blobs_.questions(now_)) {
        send(question.request, std::move(question.body));
    }
}

void Agent::carry_out(const Action& action) {
    if (auto body = body_of(action, config_.session)) {
        if (const auto* hello = std::get_if<SendHello>(&action)) {
            std::vector<Attempt> attempts;
            for (const HeldLease& held : hello->held) {
                attempts.push_back(held.attempt);
            }
            forget_others(attempts);
        } else if (const auto* heartbeat = std::get_if<SendHeartbeat>(&action)) {
            std::vector<Attempt> attempts;
            for (const LeaseProgress& held : heartbeat->held) {
                attempts.push_back(held.attempt);
            }
            forget_others(attempts);
        }
        send(0, std::move(*body));
        return;
    }
    if (const auto* start = std::get_if<StartTask>(&action)) {
        Held& held = held_.at(start->lease.attempt);
        held.running = true;
        log_.debug("starting " + text_of(start->lease));
        executor_.start(held.description);
    } else if (const auto* stop = std::get_if<StopTask>(&action)) {
        executor_.stop(stop->attempt);
    } else if (const auto* drop = std::get_if<DropTask>(&action)) {
        log_.debug("dropping attempt " + std::to_string(drop->attempt.value()));
        executor_.stop(drop->attempt);
    } else if (const auto* write = std::get_if<WriteShard>(&action)) {
        Held& held = held_.at(write->attempt);
        CHECK(held.task != nullptr);
        ++held.shards_in_work;
        writer_.write(*write, held.task);
    } else if (const auto* remove = std::get_if<DeleteShard>(&action)) {
        const auto folder = output_folders_.find(remove->job);
        if (!remove->final_step && !remove->name.empty() && folder != output_folders_.end()) {
            writer_.remove(folder->second, remove->name);
        }
    } else if (std::holds_alternative<Reconnect>(action)) {
        reconnect();
    } else if (const auto* exit = std::get_if<Exit>(&action)) {
        exit_code_ = exit->code;
    }
}

void Agent::reconnect() {
    const std::string before = dealer_->endpoint();
    log_.warn("nothing heard from " + before + ", connecting again");
    auto dealer = protocol::Dealer::connect(*context_, dealer_options(config_));
    if (dealer) {
        dealer_ = std::move(*dealer);
        if (dealer_->endpoint() != before) {
            log_.info("the scheduler is at " + dealer_->endpoint() + " now");
        }
    } else {
        log_.warn(dealer.error().message);
    }
}

void Agent::remember_folder(JobId job, const std::string& output_folder) {
    output_folders_[job] = output_folder;
    if (output_folders_.size() > kFoldersMax) {
        output_folders_.erase(output_folders_.begin());
    }
}

/// The session names every lease it holds; the agent keeps what it knows of those, and of tasks
/// that threads still work on.
void Agent::forget_others(const std::vector<Attempt>& held) {
    for (auto at = held_.begin(); at != held_.end();) {
        const bool is_held = std::ranges::find(held, at->first) != held.end();
        if (is_held || at->second.running || at->second.shards_in_work > 0) {
            ++at;
            continue;
        }
        at = held_.erase(at);
    }
}

bool Agent::is_cut_off() const {
    return config_.connect_timeout.count() > 0 && now_ - heard_at_ >= config_.connect_timeout &&
           std::ranges::none_of(held_, [](const auto& entry) { return entry.second.running; });
}

}  // namespace vargrid::worker
