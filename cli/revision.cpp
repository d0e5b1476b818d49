#include "cli/revision.hpp"

namespace vargrid::cli {

std::string code_revision() {
    return VARGRID_REVISION;
}
std::string version() {
    return VARGRID_VERSION;
}

}  // namespace vargrid::cli
