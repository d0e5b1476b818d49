// Messages to bytes and back. The only place that knows Protobuf. Decoding is the border: what
// comes out has been checked against every limit of version.hpp, so nobody behind it checks again.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "protocol/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vargrid::protocol {

/// The bytes of a message that passes validate(). CHECKs that it is within kMessageBytesMax.
[[nodiscard]] Bytes encode(const Message& message);
/// One frame of several messages of one sender and epoch, 1 .. kMessagesPerFrameMax of them, in
/// order. CHECKs their number and that they are within kMessageBytesMax together.
[[nodiscard]] Bytes encode(std::span<const Message> messages);

/// Why bytes were refused, and which request they were, as far as it could be read.
struct DecodeError {
    Refusal refusal;
    std::uint64_t request{0};
};

/// A frame of one message.
/// Errors: invalid_input; the text says which field is wrong, `why` (if given) has the refusal that
/// the peer should get. Never reads or allocates beyond what the bytes can hold.
[[nodiscard]] Result<Message> decode(std::span<const std::byte> bytes, DecodeError* why = nullptr);

/// As decode(), of a frame of any number of messages: all of them, or none if one is not right.
[[nodiscard]] Result<std::vector<Message>> decode_all(std::span<const std::byte> bytes,
                                                      DecodeError* why = nullptr);

/// Checks a message against every limit and rule of the contract. Senders of what people typed call
/// it before encode().
[[nodiscard]] Result<void> validate(const Message& message, RefusalCode* why = nullptr);

/// "Hello", "Commit", ...
[[nodiscard]] const char* name_of(const Body& body);
[[nodiscard]] const char* name_of(RefusalCode code);
[[nodiscard]] const char* name_of(JobState state);
[[nodiscard]] const char* name_of(WorkerState state);

}  // namespace vargrid::protocol
