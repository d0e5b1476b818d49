#include "pricing/history/paths.hpp"

#include <cstdlib>
#include <string>

namespace vargrid {

Result<std::filesystem::path> expand_path(std::string_view text,
                                          const std::filesystem::path& folder) {
    std::string expanded;
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto open = rest.find("${");
        expanded += rest.substr(0, open);
        if (open == std::string_view::npos) {
            break;
        }
        rest.remove_prefix(open + 2);
        const auto close = rest.find('}');
        if (close == std::string_view::npos) {
            return Error{ErrorCode::invalid_input, "'" + std::string{text} + "': '${' without '}'"};
        }
        const std::string_view inside = rest.substr(0, close);
        const auto dash = inside.find(":-");
        const std::string name{inside.substr(0, dash)};
        const char* value = std::getenv(name.c_str());
        if (value != nullptr && *value != '\0') {
            expanded += value;
        } else if (dash != std::string_view::npos) {
            expanded += inside.substr(dash + 2);
        } else {
            return Error{
                ErrorCode::invalid_input,
                "'" + std::string{text} + "': the environment variable " + name + " is not set"};
        }
        rest.remove_prefix(close + 1);
    }
    if (expanded.empty()) {
        return Error{ErrorCode::invalid_input, "the path is empty"};
    }
    return (folder / expanded).lexically_normal();
}

}  // namespace vargrid
