// Between the wire and the core: the only file that knows both messages and events. It checks
// nothing that decode() has checked and decides nothing.
#pragma once

#include "protocol/messages.hpp"
#include "protocol/zmq/peer.hpp"
#include "scheduler/core/action.hpp"
#include "scheduler/core/event.hpp"
#include "scheduler/core/status.hpp"
#include "scheduler/server/journal.hpp"

#include <optional>
#include <string>
#include <variant>

namespace vargrid::scheduler {

/// True if the contract lets this role send this message.
[[nodiscard]] bool may_send(protocol::Role role, const protocol::Body& body);

/// The event that a message is; nothing for messages the shell answers by itself.
[[nodiscard]] std::optional<Event> event_of(const protocol::Peer& peer,
                                            const protocol::Message& message,
                                            Instant at);

/// A message and whom it is for.
struct Outgoing {
    protocol::Peer to;
    protocol::Message message;
    friend bool operator==(const Outgoing&, const Outgoing&) = default;
};

/// The message that an action is; nothing for actions that send none, and for GrantLease.
[[nodiscard]] std::optional<Outgoing> message_of(const Action& action, Epoch epoch);

[[nodiscard]] Outgoing message_of(const GrantLease& grant,
                                  const JobSpec& spec,
                                  const std::optional<Digest>& manifest,
                                  Epoch epoch);

[[nodiscard]] protocol::JobInfo info_of(const JobSummary& summary,
                                        const JobSpec& spec,
                                        const JobTimes& times,
                                        const std::vector<BlockFault>& faults);

[[nodiscard]] protocol::JobLedger ledger_of(const Ledger& ledger);

[[nodiscard]] protocol::WorkerInfo info_of(const WorkerSummary& summary);

/// `text` cut to at most `bytes_max` bytes at the border of a UTF-8 character.
[[nodiscard]] std::string shortened(const std::string& text, std::size_t bytes_max);

}  // namespace vargrid::scheduler
