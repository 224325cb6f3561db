import Foundation

#if canImport(Glibc)
  import Glibc
  private let stream = Int32(SOCK_STREAM.rawValue)
#elseif canImport(Darwin)
  import Darwin
  private let stream = SOCK_STREAM
#endif

/// A server that takes requests and never answers; it tells when a request came and when its connection was closed.
final class SilentServer: Sendable {
  enum Event: Sendable {
    case request
    case closed(ContinuousClock.Instant)
  }

  let url: String
  let events: AsyncStream<Event>
  private let listener: Int32

  init() throws {
    let (listener, port) = try bound()
    let (events, sender) = AsyncStream.makeStream(of: Event.self)
    (self.listener, self.events) = (listener, events)
    url = "http://127.0.0.1:\(port)"
    listen(listener, 64)
    // Whoever waits for what does not come is to fail, not to hang.
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: 30)
      sender.finish()
    }
    Thread.detachNewThread {
      while case let socket = accept(listener, nil, nil), socket >= 0 {
        Thread.detachNewThread { serve(socket, sender) }
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }
}

/// A loopback port where nobody listens.
func closedPort() throws -> UInt16 {
  let (socket, port) = try bound()
  close(socket)
  return port
}

private func bound() throws -> (socket: Int32, port: UInt16) {
  let listener = socket(AF_INET, stream, 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = inet_addr("127.0.0.1")
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let outcome = withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0
    }
  }
  guard listener >= 0, outcome else { throw POSIXError(.EADDRINUSE) }
  return (listener, UInt16(bigEndian: address.sin_port))
}

private func serve(_ socket: Int32, _ sender: AsyncStream<SilentServer.Event>.Continuation) {
  var buffer = [UInt8](repeating: 0, count: 65_536)
  var isTold = false
  while recv(socket, &buffer, buffer.count, 0) > 0 {
    if !isTold { sender.yield(.request) }
    isTold = true
  }
  sender.yield(.closed(.now))
  close(socket)
}
