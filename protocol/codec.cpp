#include "protocol/codec.hpp"

#include "base/check.hpp"
#include "protocol/version.hpp"
#include "protocol/wire.hpp"

#include <google/protobuf/arena.h>
#include <google/protobuf/stubs/logging.h>

#include <array>
#include <string>

namespace vargrid::protocol {
namespace {

/// Protobuf prints a line for every text that is not UTF-8 and the like; a peer could fill the log.
void silence_protobuf_once() {
    static const bool done = [] {
        google::protobuf::SetLogHandler(nullptr);
        return true;
    }();
    static_cast<void>(done);
}

Error refuse(DecodeError* why, RefusalCode code, std::string text, std::uint64_t request) {
    if (why != nullptr) {
        *why = DecodeError{Refusal{code, text}, request};
    }
    return Error{ErrorCode::invalid_input, std::move(text)};
}

/// One wire message on the stack as long as it is small.
class WireMessage {
  public:
    WireMessage() : arena_{options()} {
        silence_protobuf_once();
        message_ = google::protobuf::Arena::CreateMessage<wire::Message>(&arena_);
    }
    wire::Message& operator*() { return *message_; }
    wire::Message* operator->() { return message_; }

  private:
    google::protobuf::ArenaOptions options() {
        google::protobuf::ArenaOptions options;
        options.initial_block = first_block_.data();
        options.initial_block_size = first_block_.size();
        return options;
    }

    alignas(16) std::array<char, 8192> first_block_;  // Before the arena that uses it.
    google::protobuf::Arena arena_;
    wire::Message* message_{nullptr};
};

Bytes bytes_of(const wire::Message& message, const Body& first) {
    Bytes bytes(message.ByteSizeLong());
    CHECK_MSG(bytes.size() <= kMessageBytesMax, name_of(first));
    CHECK(message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(bytes.data())) !=
          nullptr);
    return bytes;
}

/// Parses the frame; what holds for all of its messages is right afterwards.
Result<void> parse(std::span<const std::byte> bytes, wire::Message& in, DecodeError* why) {
    if (bytes.size() > kMessageBytesMax) {
        return refuse(why,
                      RefusalCode::too_large,
                      "a message of " + std::to_string(bytes.size()) + " bytes; the most is " +
                          std::to_string(kMessageBytesMax),
                      0);
    }
    const bool parsed = in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    // The version is looked at even where the rest cannot be read: a later version may have changed
    // what follows, and its owner should learn that rather than "malformed".
    if (in.version() != 0 && in.version() != kProtocolVersion) {
        return refuse(why,
                      RefusalCode::unsupported_version,
                      "this side speaks protocol version " + std::to_string(kProtocolVersion) +
                          ", the message has version " + std::to_string(in.version()) +
                          "; use one release of vargrid on all machines",
                      in.request());
    }
    if (!parsed || in.version() == 0) {
        return refuse(why,
                      RefusalCode::malformed,
                      parsed ? "not a vargrid message: it has no version"
                             : "not a vargrid message: it cannot be parsed",
                      in.request());
    }
    return {};
}

Result<Message> checked(wire::Message& in, DecodeError* why) {
    Problem problem;
    Message message = from_wire(in, problem);
    if (problem.found) {
        return refuse(why, problem.code, std::move(problem.text), message.request);
    }
    RefusalCode code{};
    if (auto valid = validate(message, &code); !valid) {
        return refuse(why, code, std::move(valid).error().message, message.request);
    }
    return message;
}

}  // namespace

Bytes encode(const Message& message) {
    return encode(std::span{&message, 1});
}

Bytes encode(std::span<const Message> messages) {
    CHECK(!messages.empty() && messages.size() <= kMessagesPerFrameMax);
    WireMessage out;
    out->set_version(kProtocolVersion);
    to_wire(messages.front(), *out);
    for (const Message& message : messages.subspan(1)) {
        CHECK(message.epoch == messages.front().epoch && message.sender == messages.front().sender);
        wire::Message& more = *out->add_more();
        to_wire(message, more);
        more.clear_epoch();
        more.clear_sender();
    }
    return bytes_of(*out, messages.front().body);
}

Result<Message> decode(std::span<const std::byte> bytes, DecodeError* why) {
    WireMessage in;
    VARGRID_TRY_VOID(parse(bytes, *in, why));
    if (in->more_size() > 0) {
        return refuse(why,
                      RefusalCode::malformed,
                      "several messages in one frame where one is expected",
                      in->request());
    }
    return checked(*in, why);
}

Result<std::vector<Message>> decode_all(std::span<const std::byte> bytes, DecodeError* why) {
    WireMessage in;
    VARGRID_TRY_VOID(parse(bytes, *in, why));
    const auto count = static_cast<std::size_t>(in->more_size()) + 1;
    if (count > kMessagesPerFrameMax) {
        return refuse(why,
                      RefusalCode::too_large,
                      std::to_string(count) + " messages in one frame; the most is " +
                          std::to_string(kMessagesPerFrameMax),
                      in->request());
    }
    std::vector<Message> messages;
    messages.reserve(count);
    VARGRID_TRY(Message first, checked(*in, why));
    messages.push_back(std::move(first));
    for (wire::Message& more : *in->mutable_more()) {
        if (more.more_size() > 0 || more.version() != 0 || more.epoch() != 0 ||
            more.sender() != 0) {
            return refuse(why,
                          RefusalCode::malformed,
                          "a message within a frame says what only the frame says",
                          more.request());
        }
        more.set_epoch(in->epoch());
        more.set_sender(in->sender());
        VARGRID_TRY(Message message, checked(more, why));
        messages.push_back(std::move(message));
    }
    return messages;
}

}  // namespace vargrid::protocol
