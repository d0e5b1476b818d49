"""A TCP connection that can be cut and mended: a thread that carries bytes between a worker and the
scheduler. While it is cut nothing passes, in either direction, and nothing is lost: it arrives late,
which is what a zombie's messages do."""

import selectors
import socket
import threading


class Cable:
    def __init__(self, endpoint):
        host, port = endpoint.removeprefix("tcp://").rsplit(":", 1)
        self.target = (host, int(port))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.mended = threading.Event()
        self.mended.set()
        self.over = False
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def cut(self):
        self.mended.clear()

    def mend(self):
        self.mended.set()

    def close(self):
        self.over = True
        self.mended.set()
        self.thread.join(5)

    def _serve(self):
        """Each end is read only while the other takes what it says, so no buffer grows."""
        selector = selectors.DefaultSelector()
        selector.register(self.listener, selectors.EVENT_READ, None)
        while not self.over:
            self.mended.wait(0.1)
            if not self.mended.is_set():
                continue
            for key, _ in selector.select(0.05):
                if not self.mended.is_set():
                    break
                if key.fileobj is self.listener:
                    self._connect(selector)
                else:
                    self._carry(selector, key.fileobj, key.data)
        for key in list(selector.get_map().values()):
            key.fileobj.close()

    def _connect(self, selector):
        near, _ = self.listener.accept()
        try:
            far = socket.create_connection(self.target, 5)
        except OSError:
            near.close()
            return
        for end, other in ((near, far), (far, near)):
            end.settimeout(5)
            selector.register(end, selectors.EVENT_READ, other)

    @staticmethod
    def _carry(selector, end, other):
        try:
            content = end.recv(1 << 16)
            if content:
                other.sendall(content)
                return
        except OSError:
            pass
        for one in (end, other):
            if one.fileno() >= 0:
                selector.unregister(one)
                one.close()
