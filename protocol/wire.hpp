// Inside the codec only: between plain messages and the generated Protobuf classes. No other folder
// includes this.
#pragma once

#include "protocol/messages.hpp"
#include "protocol/messages.pb.h"

#include <string>

namespace vargrid::protocol {

/// The first thing found wrong with a message; later ones are not recorded.
struct Problem {
    bool found{false};
    RefusalCode code{RefusalCode::malformed};
    std::string text;

    void report(RefusalCode new_code, std::string new_text) {
        if (!found) {
            found = true;
            code = new_code;
            text = std::move(new_text);
        }
    }
};

void to_wire(const Message& message, wire::Message& out);
/// Converts field by field. What a plain message cannot express (a digest of the wrong length, an
/// enumerator that does not exist, an unknown body) is reported; limits are validate()'s.
[[nodiscard]] Message from_wire(wire::Message& in, Problem& problem);

}  // namespace vargrid::protocol
