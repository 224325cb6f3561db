import Foundation
import Larkspur
import Testing

@Suite final class FilesTests {
  private let app = App()
  private let content = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 * 31) })
  private let folder = FileManager.default.temporaryDirectory.appending(path: "larkspur-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  @Test("bytes and files go up, and come down as they were")
  func upAndDown() async throws {
    let client = try app.client()
    let file = folder.appending(path: "报告.pdf")
    try content.write(to: file)
    for upload in [Upload.file(file), .data(content, name: "报告.pdf")] {
      let arguments: Json = ["file_type": "pdf", "file_name": "报告.pdf"]
      let sent = try await client.call("im.v1.file.create", arguments: arguments, files: ["file": upload], as: Json.self)
      let key = try #require(sent["file_key"]?.string)
      let download = try await client.download("im.v1.file.get", #"{"file_key":"\#(key)"}"#)
      #expect(download.size == 300_000)
      #expect(try await download.data() == content)
    }
  }

  @Test("a file that is not there is refused before the network")
  func missing() async throws {
    let client = try app.client()
    let files = ["file": Upload.file(URL(filePath: "nowhere.pdf"))]
    let error = await failure {
      _ = try await client.call("im.v1.file.create", #"{"file_type":"pdf","file_name":"a"}"#, files: files)
    }
    guard case LarkError.argument(let failure)? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    #expect(failure.message.contains("nowhere.pdf cannot be uploaded"), "\(failure.message)")
    #expect(try await app.requests().isEmpty)
  }

  @Test("a download that breaks is gone on with")
  func resumed() async throws {
    let client = try app.client()
    let arguments = try await place(3_000_000)
    let target = folder.appending(path: "file.bin")
    try await app.fault(["operation": "im.v1.file.get", "then": ["cut": "rst", "after_bytes": 1_000_000]])
    let broken = await failure {
      try await client.download("im.v1.file.get", arguments, options: .init(maxRetries: 0)).save(to: target)
    }
    guard case LarkError.transport? = broken else { return #expect(Bool(false), "\(String(describing: broken))") }
    #expect(try names().count == 1 && names().allSatisfy { $0.hasSuffix(".part") })
    try await client.download("im.v1.file.get", arguments).save(to: target)
    #expect(try await app.calls().last?["headers"]?["range"]?.content?.hasPrefix("bytes=") == true)
    #expect(try names() == ["file.bin"])
    let whole = try await client.download("im.v1.file.get", arguments).data()
    #expect(whole.count == 3_000_000)
    #expect(try Data(contentsOf: target) == whole)
  }

  @Test("closing a download ends it, and it says so")
  func closed() async throws {
    let client = try app.client()
    let download = try await client.download("im.v1.file.get", place(20_000_000))
    for try await chunk in download.chunks {
      #expect(!chunk.isEmpty)
      break
    }
    download.close()
    let error = await failure { _ = try await download.data() }
    guard case LarkError.argument(let failure)? = error else { return #expect(Bool(false), "\(String(describing: error))") }
    #expect(failure.message.contains("the download is closed"), "\(failure.message)")
  }

  private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path()) }

  private func place(_ size: Int) async throws -> String {
    let placed = try await app.post("files", ["kind": "file", "size": .number("\(size)"), "name": "file.bin"])
    return #"{"file_key":"\#(placed["key"]?.content ?? "")"}"#
  }
}
