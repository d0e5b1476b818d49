#include "scheduler/server/server.hpp"

#include "protocol/codec.hpp"
#include "protocol/version.hpp"
#include "protocol/zmq/peer.hpp"
#include "protocol/zmq/router.hpp"
#include "scheduler/core/scheduler_core.hpp"
#include "scheduler/server/blob_store.hpp"
#include "scheduler/server/front_desk.hpp"
#include "scheduler/server/journal.hpp"
#include "scheduler/server/journal_folder.hpp"
#include "scheduler/server/manifest_shelf.hpp"
#include "scheduler/server/notices.hpp"
#include "scheduler/server/process_limits.hpp"
#include "scheduler/server/server_log.hpp"
#include "scheduler/server/translate.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace vargrid::scheduler {
namespace {

using protocol::Peer;
using protocol::Refusal;
using protocol::RefusalCode;
using protocol::Role;

/// After a pause (a slow disk, SIGSTOP) the heartbeats that came meanwhile are read before anybody
/// is declared lost, at most this many batches of them.
constexpr int kBatchesAfterPauseMax = 64;
constexpr std::uint64_t kRefusalsLoggedPerSecondMax = 5;
/// How often a journal that cannot be written is mentioned again.
constexpr std::chrono::seconds kJournalComplaintInterval{10};

Instant now() {
    return Instant{std::chrono::duration_cast<std::chrono::nanoseconds>(
                       std::chrono::steady_clock::now().time_since_epoch())
                       .count()};
}

std::uint64_t unix_ms() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

bool is_status_question(const protocol::Body& body) {
    return std::holds_alternative<protocol::JobStatus>(body) ||
           std::holds_alternative<protocol::WorkersStatus>(body) ||
           std::holds_alternative<protocol::Why>(body);
}

bool is_blob_question(const protocol::Body& body) {
    return std::holds_alternative<protocol::PutBlob>(body) ||
           std::holds_alternative<protocol::GetBlob>(body) ||
           std::holds_alternative<protocol::HasBlobs>(body);
}

/// A message that came through every check of the border.
struct Accepted {
    Peer from;
    protocol::Message message;
};

/// At most so much goes into one frame: far below what a frame may have, and a worker need not
/// wait for the last grant before it begins with the first.
constexpr std::size_t kMessagesPerFrame = 64;
static_assert(kMessagesPerFrame <= protocol::kMessagesPerFrameMax);

}  // namespace

struct Server::Impl {
    Impl(ServerConfig config_to_use,
         JournalFolder folder_to_use,
         Journal journal_to_use,
         BlobStore blobs_to_use,
         protocol::Router router_to_use)
        : config{std::move(config_to_use)},
          folder{std::move(folder_to_use)},
          journal{std::move(journal_to_use)},
          blobs{std::move(blobs_to_use)},
          router{std::move(router_to_use)},
          core{config.core},
          manifests{core, journal},
          desk{core, journal, blobs, manifests},
          log{config.quiet} {}

    // Front: what comes in.
    [[nodiscard]] std::vector<Accepted> examine(const protocol::Incoming& incoming);
    [[nodiscard]] bool may_pass(const protocol::Incoming& incoming,
                                const Peer& peer,
                                const protocol::Message& message);
    void refuse(std::string_view routing_id, std::uint64_t request, Refusal refusal);
    void take_in(Accepted accepted);
    void receive_all(Instant at);

    // Turn: what follows from it.
    [[nodiscard]] Result<void> start(Restored restored);
    void turn(const std::atomic<bool>& stop);
    [[nodiscard]] bool persist(const std::atomic<bool>& stop);
    void serve_without_journal(const Error& why);
    void hold(Accepted accepted, const Error& why);
    void carry_out_all();
    void grant(const GrantLease& lease);
    void answer_status();

    void send(const Outgoing& outgoing);
    void reply(const Peer& to, std::uint64_t request, protocol::Body body);
    void note(const Action& action);

    ServerConfig config;
    JournalFolder folder;
    Journal journal;
    BlobStore blobs;
    protocol::Router router;
    SchedulerCore core;
    ManifestShelf manifests;
    FrontDesk desk;
    ServerLog log;
    ServerStats stats;

    std::uint64_t open_files_max{0};
    Instant turn_at{};
    Instant heard_at{};
    std::vector<Action> actions;
    std::vector<Outgoing> outbox;            ///< What the actions being carried out have to say.
    std::vector<Accepted> held;              ///< Came while the journal could not be written.
    std::vector<Accepted> status_questions;  ///< Answered when the turn is durable.
    Instant refusal_second{};
    std::uint64_t refusals_this_second{0};
};

/// The messages of a frame, all of them or none.
std::vector<Accepted> Server::Impl::examine(const protocol::Incoming& incoming) {
    ++stats.messages;
    const auto peer = protocol::peer_of(incoming.routing_id);
    if (!peer) {
        refuse(incoming.routing_id, 0, {RefusalCode::wrong_role, "the routing id names no role"});
        return {};
    }
    if (!incoming.one_frame) {
        refuse(incoming.routing_id, 0, {RefusalCode::malformed, "a message is one frame"});
        return {};
    }
    protocol::DecodeError why;
    auto messages = protocol::decode_all(incoming.message, &why);
    if (!messages) {
        refuse(incoming.routing_id, why.request, std::move(why.refusal));
        return {};
    }
    stats.messages += messages->size() - 1;
    std::vector<Accepted> accepted;
    accepted.reserve(messages->size());
    for (protocol::Message& message : *messages) {
        if (!may_pass(incoming, *peer, message)) {
            return {};
        }
        accepted.push_back({*peer, std::move(message)});
    }
    return accepted;
}

bool Server::Impl::may_pass(const protocol::Incoming& incoming,
                            const Peer& peer,
                            const protocol::Message& message) {
    if (std::holds_alternative<Refusal>(message.body)) {
        ++stats.refusals;  // Never answered, or two sides could refuse each other for ever.
        return false;
    }
    if (message.sender != peer.id) {
        refuse(incoming.routing_id,
               message.request,
               {RefusalCode::wrong_role, "the sender is not the owner of the routing id"});
        return false;
    }
    if (!may_send(peer.role, message.body)) {
        refuse(incoming.routing_id,
               message.request,
               {RefusalCode::wrong_role,
                std::string{protocol::name_of(message.body)} + " is not for a " +
                    (peer.role == Role::worker ? "worker" : "client") + " to send"});
        return false;
    }
    return true;
}

void Server::Impl::refuse(std::string_view routing_id, std::uint64_t request, Refusal refusal) {
    ++stats.refusals;
    if (turn_at - refusal_second >= std::chrono::seconds{1}) {
        refusal_second = turn_at;
        refusals_this_second = 0;
    }
    if (++refusals_this_second > protocol::kRefusalsPerSecondMax) {
        return;
    }
    if (refusals_this_second <= kRefusalsLoggedPerSecondMax) {
        log.warn("message_refused",
                 {{"code", protocol::name_of(refusal.code)},
                  {"text", refusal.text},
                  {"refusals_total", stats.refusals}});
    }
    const protocol::Message message{
        .epoch = core.epoch(), .sender = 0, .request = request, .body = std::move(refusal)};
    router.send(routing_id, protocol::encode(message));
}

void Server::Impl::take_in(Accepted accepted) {
    protocol::Message& message = accepted.message;
    if (is_status_question(message.body)) {
        status_questions.push_back(std::move(accepted));
        return;
    }
    if (is_blob_question(message.body)) {
        reply(accepted.from,
              message.request,
              desk.answer(ClientId{accepted.from.id}, message.body, turn_at));
        return;
    }
    if (auto* job = std::get_if<protocol::SubmitJob>(&message.body)) {
        if (job->price.currency.empty()) {
            job->price = config.price;
        }
        if (auto objection = desk.objection_to(*job)) {
            reply(accepted.from, message.request, std::move(*objection));
            return;
        }
    }
    const auto event = event_of(accepted.from, message, turn_at);
    CHECK(event.has_value());
    core.apply(*event, actions);
}

void Server::Impl::receive_all(Instant at) {
    const bool after_pause = at - turn_at > config.core.heartbeat_interval;
    turn_at = at;
    for (Accepted& accepted : std::exchange(held, {})) {
        take_in(std::move(accepted));
    }
    for (int batch = 0; batch < (after_pause ? kBatchesAfterPauseMax : 1); ++batch) {
        const std::size_t count = router.receive(config.messages_per_turn_max,
                                                 [this](const protocol::Incoming& incoming) {
                                                     for (Accepted& one : examine(incoming)) {
                                                         take_in(std::move(one));
                                                     }
                                                 });
        if (count < config.messages_per_turn_max) {
            break;
        }
    }
}

Result<void> Server::Impl::start(Restored restored) {
    const std::size_t jobs = restored.jobs.size();
    turn_at = now();
    core.apply(Event{turn_at, std::move(restored)}, actions);
    core.apply(Event{turn_at, Tick{}}, actions);
    VARGRID_TRY_VOID(journal.write(actions, unix_ms()));
    carry_out_all();
    log.info("scheduler_started",
             {{"endpoint", router.endpoint()},
              {"journal", folder.path().string()},
              {"epoch", core.epoch().value()},
              {"jobs", jobs},
              {"open_files_max", open_files_max}});
    if (!router.is_loopback()) {
        log.warn("unencrypted",
                 {{"endpoint", router.endpoint()},
                  {"text",
                   "this address can be reached from other machines, and neither encryption nor "
                   "authentication is in place: use it on a trusted network only"}});
    }
    return {};
}

void Server::Impl::turn(const std::atomic<bool>& stop) {
    ++stats.turns;
    const std::uint64_t messages_before = stats.messages;
    std::chrono::nanoseconds wait = config.wait_max;
    if (const auto deadline = core.next_deadline()) {
        wait = std::clamp<std::chrono::nanoseconds>(*deadline - now(), Duration::zero(), wait);
    }
    router.wait(wait);
    receive_all(now());
    core.apply(Event{turn_at, Tick{}}, actions);  // Work is placed once a turn, not once a message.
    // Durable before visible: nobody may see a decision that could be forgotten.
    if (persist(stop)) {
        carry_out_all();
        answer_status();
    }
    desk.watch(turn_at);
    blobs.drop_stalled(turn_at);
    log.advance(turn_at);
    heard_at = stats.messages != messages_before ? turn_at : heard_at;
    if (turn_at - heard_at >= config.wait_max) {
        journal.rest();  // Nobody waits.
    }
}

bool Server::Impl::persist(const std::atomic<bool>& stop) {
    std::optional<Instant> complained;
    while (true) {
        const auto written = journal.write(actions, unix_ms());
        if (written) {
            stats.journal_records += *written;
            stats.journal_transactions += *written > 0 ? 1U : 0U;
            if (complained) {
                log.warn("journal_written_again", {{"messages_held", held.size()}});
            }
            return true;
        }
        ++stats.journal_failures;
        if (!complained || now() - *complained >= kJournalComplaintInterval) {
            complained = now();
            log.advance(*complained);
            log.warn("journal_not_written",
                     {{"text", written.error().message},
                      {"retry_ms", static_cast<std::uint64_t>(config.journal_retry.count())}});
        }
        if (stop.load()) {
            return false;
        }
        serve_without_journal(written.error());
    }
}

void Server::Impl::serve_without_journal(const Error& why) {
    const Instant until = now() + config.journal_retry;
    while (now() < until) {
        router.wait(until - now());
        router.receive(config.messages_per_turn_max, [&](const protocol::Incoming& incoming) {
            for (Accepted& accepted : examine(incoming)) {
                hold(std::move(accepted), why);
            }
        });
    }
}

void Server::Impl::hold(Accepted accepted, const Error& why) {
    if (std::holds_alternative<protocol::GetBlob>(accepted.message.body)) {
        take_in(std::move(accepted));
    } else if (accepted.from.role == Role::client) {
        // Answers from the core would show what is not durable yet.
        reply(accepted.from,
              accepted.message.request,
              Refusal{RefusalCode::io,
                      shortened("the scheduler cannot write its journal and accepts nothing until "
                                "it can: " +
                                    why.message,
                                protocol::kTextBytesMax)});
    } else if (held.size() < config.messages_held_max) {
        held.push_back(std::move(accepted));
    }
}

/// Carries out everything the turn decided. What goes to one worker goes in one frame, in order.
void Server::Impl::carry_out_all() {
    for (const Action& action : actions) {
        note(action);
        if (const auto* lease = std::get_if<GrantLease>(&action)) {
            grant(*lease);
        } else if (auto outgoing = message_of(action, core.epoch())) {
            outbox.push_back(std::move(*outgoing));
        }
    }
    actions.clear();
    std::stable_sort(outbox.begin(), outbox.end(), [](const Outgoing& a, const Outgoing& b) {
        return a.to < b.to;
    });
    std::vector<protocol::Message> frame;
    for (std::size_t next = 0; next < outbox.size();) {
        const Peer to = outbox[next].to;
        frame.clear();
        // A client waits for one answer at a time.
        const std::size_t most = to.role == Role::worker ? kMessagesPerFrame : 1;
        while (next < outbox.size() && outbox[next].to == to && frame.size() < most) {
            frame.push_back(std::move(outbox[next++].message));
        }
        if (!router.send(protocol::routing_id(to), protocol::encode(frame))) {
            ++stats.unroutable;
        }
    }
    outbox.clear();
}

void Server::Impl::grant(const GrantLease& lease) {
    const JobSpec* const spec = core.job_spec(lease.job);
    if (spec == nullptr) {
        return;  // Forgotten within the same turn; the lease ended with the job.
    }
    std::optional<Digest> manifest;
    if (lease.final_step) {
        const auto made = manifests.put(lease.job);
        if (!made) {
            // Not sent, so never confirmed: the core takes the lease back and tries again.
            log.warn("manifest_failed",
                     {{"job", lease.job.value()}, {"text", made.error().message}});
            return;
        }
        manifest = *made;
    }
    ++stats.grants;
    outbox.push_back(message_of(lease, *spec, manifest, core.epoch()));
}

void Server::Impl::answer_status() {
    for (const Accepted& question : std::exchange(status_questions, {})) {
        reply(question.from,
              question.message.request,
              desk.answer(ClientId{question.from.id}, question.message.body, turn_at));
    }
}

void Server::Impl::send(const Outgoing& outgoing) {
    if (!router.send(protocol::routing_id(outgoing.to), protocol::encode(outgoing.message))) {
        ++stats.unroutable;
    }
}

void Server::Impl::reply(const Peer& to, std::uint64_t request, protocol::Body body) {
    send({to, {.epoch = core.epoch(), .sender = 0, .request = request, .body = std::move(body)}});
}

/// Keeps the log, and what is only kept while a job is under way.
void Server::Impl::note(const Action& action) {
    if (const auto* job = std::get_if<JournalJob>(&action)) {
        log.info("job_accepted",
                 {{"job", job->job.value()},
                  {"name", job->spec.name},
                  {"owner", job->spec.owner},
                  {"blocks", job->spec.blocks}});
    } else if (const auto* changed = std::get_if<JobChanged>(&action)) {
        const auto summary = core.job_summary(changed->job);
        if (has_ended(changed->state)) {
            manifests.forget(changed->job);
        }
        log.info("job_changed",
                 {{"job", changed->job.value()},
                  {"state", name_of_state(changed->state)},
                  {"blocks_committed", summary ? summary->blocks_committed : 0},
                  {"blocks_set_aside", summary ? summary->blocks_set_aside : 0},
                  {"text", summary ? summary->message : std::string{}}});
    } else if (const auto* notice = std::get_if<Notice>(&action)) {
        log_notice(log, *notice);
    }
}

Server::Server(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Server::~Server() = default;
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;

Result<Server> Server::open(const ServerConfig& config) {
    VARGRID_TRY(JournalFolder folder, JournalFolder::open(config.journal_folder));
    const Durability durability =
        config.journal_folder.empty() ? Durability::unsynced : Durability::synced;
    VARGRID_TRY(Journal journal,
                Journal::open(folder.path(), config.journal_bytes_max, durability));
    VARGRID_TRY(BlobStore blobs, BlobStore::open(folder.path() / "blobs", config.blob_bytes_max));
    VARGRID_TRY(protocol::Router router,
                protocol::Router::bind(protocol::Context{config.io_threads},
                                       protocol::RouterOptions{.bind = config.bind}));
    VARGRID_TRY(Restored restored, journal.restore());
    auto impl = std::make_unique<Impl>(
        config, std::move(folder), std::move(journal), std::move(blobs), std::move(router));
    impl->open_files_max = raise_open_files_limit();
    VARGRID_TRY_VOID(impl->start(std::move(restored)));
    return Server{std::move(impl)};
}

std::string Server::endpoint() const {
    return impl_->router.endpoint();
}

std::uint64_t Server::epoch() const {
    return impl_->core.epoch().value();
}

Result<void> Server::run(const std::atomic<bool>& stop) {
    while (!stop.load()) {
        impl_->turn(stop);
    }
    impl_->log.info("scheduler_stopped",
                    {{"turns", impl_->stats.turns}, {"messages", impl_->stats.messages}});
    if (!impl_->actions.empty()) {
        return Error{ErrorCode::io,
                     "stopped while the journal could not be written; what was not written was "
                     "never acknowledged and will be repeated"};
    }
    return {};
}

const ServerStats& Server::stats() const {
    return impl_->stats;
}

}  // namespace vargrid::scheduler
