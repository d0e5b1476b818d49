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

}  // namespace

Bytes encode(const Message& message) {
    silence_protobuf_once();
    alignas(16) std::array<char, 4096> first_block;
    google::protobuf::ArenaOptions options;
    options.initial_block = first_block.data();
    options.initial_block_size = first_block.size();
    google::protobuf::Arena arena{options};
    auto& out = *google::protobuf::Arena::CreateMessage<wire::Message>(&arena);
    out.set_version(kProtocolVersion);
    to_wire(message, out);
    Bytes bytes(out.ByteSizeLong());
    CHECK_MSG(bytes.size() <= kMessageBytesMax, name_of(message.body));
    CHECK(out.SerializeToArray(bytes.data(), static_cast<int>(bytes.size())));
    return bytes;
}

Result<Message> decode(std::span<const std::byte> bytes, DecodeError* why) {
    silence_protobuf_once();
    if (bytes.size() > kMessageBytesMax) {
        return refuse(why,
                      RefusalCode::too_large,
                      "a message of " + std::to_string(bytes.size()) + " bytes; the most is " +
                          std::to_string(kMessageBytesMax),
                      0);
    }
    alignas(16) std::array<char, 4096> first_block;
    google::protobuf::ArenaOptions options;
    options.initial_block = first_block.data();
    options.initial_block_size = first_block.size();
    google::protobuf::Arena arena{options};
    auto& in = *google::protobuf::Arena::CreateMessage<wire::Message>(&arena);
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

}  // namespace vargrid::protocol
