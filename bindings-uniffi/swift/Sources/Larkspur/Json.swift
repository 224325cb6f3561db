/// Any JSON value, for arguments written as literals and for answers without a type of their own.
///
/// ```swift
/// let arguments: Json = ["receive_id": .string(chat), "content": Message.text("hello").json, "page_size": 20]
/// ```
/// Members keep the order in which they are written. Integers keep all digits; one beyond `Int64` is read as the text of its digits, which
/// every integer argument takes back.
public enum Json: Sendable {
  /// JSON's null: an explicit one among arguments; what is not to be sent is left out.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// An integer.
  case integer(Int64)
  /// Any other number.
  case number(Double)
  /// A text.
  case string(String)
  /// A list.
  case array([Json])
  /// An object.
  case object([Member])

  /// A member of an object.
  public struct Member: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// Its value.
    public let value: Json

    /// A member.
    public init(_ name: String, _ value: Json) {
      self.name = name
      self.value = value
    }
  }

  /// A text, or null.
  public init(_ text: String?) { self = text.map(Json.string) ?? .null }

  /// The member of that name, if it is an object that has one.
  public subscript(name: String) -> Json? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.name == name }?.value
  }

  /// The element at that place, if it is a list that has one.
  public subscript(index: Int) -> Json? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  /// The text, if it is one.
  public var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The integer, if it is one.
  public var integer: Int64? {
    if case .integer(let value) = self { value } else { nil }
  }

  /// The truth, if it is one.
  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The elements, if it is a list.
  public var array: [Json]? {
    if case .array(let elements) = self { elements } else { nil }
  }
}

extension Json: Equatable {
  /// Objects are equal in any order of their members.
  public static func == (left: Json, right: Json) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.integer(let left), .integer(let right)): left == right
    case (.number(let left), .number(let right)): left == right
    case (.string(let left), .string(let right)): left == right
    case (.array(let left), .array(let right)): left == right
    case (.object(let left), .object(let right)): sorted(left) == sorted(right)
    default: false
    }
  }

  private static func sorted(_ members: [Member]) -> [Member] { members.sorted { $0.name < $1.name } }
}

extension Json: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// A text.
  public init(stringLiteral value: String) { self = .string(value) }
  /// An integer.
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// A number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// `true` or `false`.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// An explicit null.
  public init(nilLiteral: ()) { self = .null }
  /// A list.
  public init(arrayLiteral elements: Json...) { self = .array(elements) }
  /// An object, in the order written.
  public init(dictionaryLiteral elements: (String, Json)...) {
    self = .object(elements.map { Member($0, $1) })
  }
}
