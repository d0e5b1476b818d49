"""A network of its own for some workers: a namespace joined to this machine by a pair of virtual
interfaces. What passes is decided by rules inside the namespace only; the machine's own rules are never
touched. Both addresses are in 198.18.0.0/15, the block for such tests."""

import os
import shutil
import subprocess

from grid import Failure

TABLE = "inet vargrid"


def reason_against():
    """Why this machine cannot do it, or None."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for program in ("ip", "nft"):
        if not shutil.which(program):
            return f"no program '{program}'"
    try:
        with Wire():
            return None
    except Failure as failure:
        return str(failure)


def _run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, words))}: {done.stderr.strip()}")


class Wire:
    """`near` is the address on this machine, where the scheduler binds; processes started with `prefix`
    in front live at the far end."""

    def __init__(self):
        number = os.getpid() % 30_000
        self.name = f"vargrid{number}"
        self.near_interface, self.far_interface = f"vgn{number}", f"vgf{number}"
        octets = f"198.18.{number % 250}"
        self.near, self.far = f"{octets}.1", f"{octets}.2"
        self.prefix = ["ip", "netns", "exec", self.name]

    def __enter__(self):
        try:
            _run("ip", "netns", "add", self.name)
            _run("ip", "link", "add", self.near_interface, "type", "veth", "peer", "name",
                 self.far_interface, "netns", self.name)
            _run("ip", "addr", "add", f"{self.near}/30", "dev", self.near_interface)
            _run("ip", "link", "set", self.near_interface, "up")
            inside = ["ip", "-n", self.name]
            _run(*inside, "addr", "add", f"{self.far}/30", "dev", self.far_interface)
            _run(*inside, "link", "set", self.far_interface, "up")
            _run(*inside, "link", "set", "lo", "up")
            self._nft("add", "table", *TABLE.split())
            for hook in ("input", "output"):
                self._nft("add", "chain", *TABLE.split(), hook,
                          f"{{ type filter hook {hook} priority 0; policy accept; }}")
        except Failure:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, check=False)
        # Goes with the namespace, unless that never came to hold its other end.
        subprocess.run(["ip", "link", "del", self.near_interface], capture_output=True, check=False)

    def _nft(self, *words):
        _run(*self.prefix, "nft", *words)

    # ---- Faults, until heal() ---------------------------------------------------------------

    def deafen(self):
        """The far end speaks and hears nothing."""
        self._nft("add", "rule", *TABLE.split(), "input", "iifname", self.far_interface, "drop")

    def mute(self):
        """The far end hears and is not heard."""
        self._nft("add", "rule", *TABLE.split(), "output", "oifname", self.far_interface, "drop")

    def reset(self):
        """Every packet of a connection is answered by its end."""
        self._nft("add", "rule", *TABLE.split(), "input", "iifname", self.far_interface, "meta",
                  "l4proto", "tcp", "reject", "with", "tcp", "reset")

    def heal(self):
        for hook in ("input", "output"):
            self._nft("flush", "chain", *TABLE.split(), hook)
