package dev.streambed.schemas.protobuf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.TextFormat;
import dev.streambed.schemas.DocumentShape;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.Shapes;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessageDecoderTest {
  private static final String ARTICLE = "shop.Article";

  private static final String KETTLE =
      """
      id: 42 title: "Kettle" body_text { en: "Boils water." } tags: "red" tags: "hot"
      price: 12.5 weight: 0.1 gtin: 12345678901234567890 sold: false condition: USED
      picture: "\\001\\377" stock { key: "north" value: 7 } bodies { key: 18446744073709551615
      value { de: "Kocht." } } sizes: [-1, 2] color: 4294967295 updated { seconds: 1795914123
      nanos: 500000000 } person: 0 variant { title: "Small" }
      """;

  @Test
  void keepsNamesAndTypes() {
    JsonNode tree = decode("articles", ARTICLE, KETTLE);

    assertThat(tree.get("variant").get("title").textValue()).isEqualTo("Small");
    ((ObjectNode) tree).remove("variant");
    assertThat(tree)
        .hasToString(
            """
            {"id":42,"title":"Kettle","body_text":{"en":"Boils water.","de":""},"tags":["red","hot"],\
            "price":12.5,"weight":0.1,"gtin":12345678901234567890,"sold":false,"condition":"USED",\
            "picture":"Af8=","stock":{"north":7},"bodies":{"18446744073709551615":{"en":"","de":"Kocht."}},\
            "sizes":[-1,2],"color":4294967295,"updated":"2026-11-29T01:02:03.500Z","person":0}""");
  }

  @Test
  void givesDefaultsToWhatCannotBeToldToBeUnset() {
    assertThat(decode("articles", ARTICLE, ""))
        .hasToString(
            """
            {"id":0,"title":"","tags":[],"price":0.0,"weight":0.0,"gtin":0,"condition":"NEW","picture":"",\
            "stock":{},"bodies":{},"sizes":[],"color":0}""");
    assertThat(decode("legacy", "shop.legacy.Row", "id: 1")).hasToString("{\"id\":1}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "timestamp { }                       | {'timestamp':'1970-01-01T00:00:00Z'}",
        "timestamp { seconds: -62135596800 } | {'timestamp':'0001-01-01T00:00:00Z'}",
        "timestamp { seconds: 253402300800 } | {'timestamp':{'seconds':253402300800,'nanos':0}}",
        "timestamp { nanos: -1 }             | {'timestamp':{'seconds':0,'nanos':-1}}",
        "duration { seconds: 1 nanos: 5000 } | {'duration':'1.000005s'}",
        "duration { nanos: -500000000 }      | {'duration':'-0.5s'}",
        "duration { seconds: 100 }           | {'duration':'100s'}",
        "duration { }                        | {'duration':'0s'}",
        "text { }                            | {'text':''}",
        "number { value: 18446744073709551615 } | {'number':18446744073709551615}",
        "bytes { value: 'x' }                | {'bytes':'eA=='}",
        "flag { }                            | {'flag':false}",
        "value { }                           | {'value':null}",
        "value { null_value: NULL_VALUE }    | {'value':null}",
        "value { number_value: 3 }           | {'value':3}",
        "value { number_value: -3.5 }        | {'value':-3.5}",
        "list { values { bool_value: true } values { list_value { } } } | {'list':[true,[]]}",
        "mask { paths: 'a.b' paths: 'c' }    | {'mask':'a.b,c'}",
        "any { type_url: 't/x' value: 'x' }  | {'any':{'type_url':'t/x','value':'eA=='}}",
        "struct { fields { key: 'a' value { struct_value { fields { key: 'b' value { string_value: 'c' } } } } } } | {'struct':{'a':{'b':'c'}}}",
      })
  void readsWellKnownTypesAsWhatTheyStandFor(String text, String json) {
    assertThat(decode("articles", "shop.Simple", text)).hasToString(json.replace('\'', '"'));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "articles | shop.Article | %s",
        "legacy | shop.legacy.Row | id: 1 Author { name: 'Ann' }",
        "articles | shop.Simple | timestamp { } duration { } text { } number { } bytes { } flag { } mask { } any { type_url: 't' } list { values { bool_value: true } values { list_value { } } } struct { fields { key: 'a' value { struct_value { fields { key: 'b' value { string_value: 'c' } } } } } }",
        "articles | shop.Simple | value { null_value: NULL_VALUE }",
        "articles | shop.Simple | value { list_value { values { number_value: 3 } } }",
      })
  void itsShapeHasWhatItDecodes(String file, String type, String text) {
    byte[] descriptors = DescriptorSetTest.resource(file + ".binpb");
    DocumentShape shape = MessageType.find(descriptors, type).shape();

    Shapes.assertHas(shape, decode(file, type, text.formatted(KETTLE)));
    Shapes.assertHas(shape, decode(file, type, type.equals("shop.legacy.Row") ? "id: 1" : ""));
  }

  @Test
  void itsShapeHasNothingElse() {
    byte[] descriptors = DescriptorSetTest.resource("articles.binpb");
    DocumentShape article = MessageType.find(descriptors, ARTICLE).shape();
    DocumentShape simple = MessageType.find(descriptors, "shop.Simple").shape();

    for (String nowhere :
        List.of("/gone", "/bodyText", "/title/en", "/tags/red", "/tags/01", "/updated/seconds")) {
      assertThat(Shapes.find(article, nowhere)).as(nowhere).isNull();
    }
    for (String somewhere :
        List.of("/tags/7", "/stock/any", "/bodies/1/en", "/variant/variant/body_text/de")) {
      assertThat(Shapes.find(article, somewhere)).as(somewhere).isNotNull();
    }
    assertThat(Shapes.find(simple, "/struct/any/7/thing")).isNotNull();
    assertThat(Shapes.find(simple, "/any/type_url")).isNotNull();
    assertThat(Shapes.find(simple, "/text/value")).isNull();
  }

  @Test
  void readsGroupsAndIgnoresExtensionsAndUnknownFields() {
    byte[] known =
        message(
            "legacy", "shop.legacy.Row", "id: 1 Author { name: 'Ann' } [shop.legacy.note]: 'n'");
    byte[] unknown = {(byte) 0x9a, 0x06, 1, 'x'}; // field 99, one byte

    assertThat(decoder("legacy", "shop.legacy.Row").decode(joined(known, unknown), "record"))
        .hasToString("{\"id\":1,\"author\":{\"name\":\"Ann\"}}");
    assertThat(decoder("articles", ARTICLE).decode(new byte[] {0x48, 9}, "record").get("condition"))
        .hasToString("9"); // a value that the enum does not have
  }

  @ParameterizedTest
  @CsvSource({
    "shop.Article, 000000000700",
    "shop.Article, 00ffffffff0200",
    "shop.Simple, 00000000070202",
    "shop.Article.Body, 0000000007040000", // as written, the first type in the first
    "shop.Article.Body, 0000000007040004", // as compiled, after the entries of two maps
  })
  void takesTheWireFormatOfARegistry(String type, String frame) {
    byte[] prefix = HexFormat.of().parseHex(frame.replace(" ", ""));
    byte[] message = message("articles", type, "");

    assertThat(decoder("articles", type).decode(joined(prefix, message), "record"))
        .isEqualTo(decoder("articles", type).decode(message, "record"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "00 | INVALID_PROTOBUF | begins with a zero byte",
        "0000000007 | INVALID_PROTOBUF | ends before the message",
        "000000000702 | INVALID_PROTOBUF | ends before the message",
        "0000000007ffffffffffffffffffff | INVALID_PROTOBUF | ends before the message",
        "00000000070202 | WRONG_TYPE | stand for shop.Simple in articles.proto, expected shop.Article",
        "00000000070208 | WRONG_TYPE | stand for one that the file does not have",
        "0000000007feffffff0f00 | WRONG_TYPE | stand for a list of 2147483647 types",
        "000000000701 | WRONG_TYPE | stand for a list of -1 types",
        "000000000704000000 | WRONG_TYPE | stand for shop.Article.Body in articles.proto",
      })
  void refusesTheWireFormatAroundAnotherType(String hex, Reason reason, String message) {
    assertRefused(ARTICLE, HexFormat.of().parseHex(hex), reason, message);
  }

  @Test
  void refusesWhatIsNoMessage() {
    byte[] utf16 = {0x12, 2, (byte) 0xff, (byte) 0xfe}; // title
    byte[] legacy = joined(new byte[] {0x08, 1}, utf16); // proto2, which would repair it

    assertRefused(ARTICLE, utf16, Reason.INVALID_PROTOBUF, "4 bytes are no message shop.Article");
    assertThatThrownBy(() -> decoder("legacy", "shop.legacy.Row").decode(legacy, "record"))
        .hasMessageContaining("a string that is not UTF-8");
    assertThatThrownBy(() -> decode("legacy", "shop.legacy.Row", "title: 'secret'"))
        .hasMessage("Cannot decode record: required fields of shop.legacy.Row are missing: id.");
  }

  @Test
  void refusesAMessageOfAnotherType() {
    byte[] other = {(byte) 0x9a, 0x06, 1, 'x', (byte) 0xa2, 0x06, 1, 'y'}; // fields 99 and 100

    assertRefused(
        ARTICLE,
        other,
        Reason.WRONG_TYPE,
        "no field in its 8 bytes is one of shop.Article, the type that streambed.source.message says");
    assertThatThrownBy(() -> decoder("articles", ARTICLE).decode(other, "key"))
        .hasMessageContaining("the type that streambed.source.key-message says");
  }

  @Test
  void refusesWhatWouldTakeAllStack() {
    // Each level is field 18, variant, with a length in three bytes, or field 19, a group.
    var nested = new byte[0];
    for (int i = 0; i < 1_000; i++) {
      int length = nested.length;
      byte[] head = {
        (byte) 0x92, 1, (byte) (0x80 | length), (byte) (0x80 | length >> 7), (byte) (length >> 14)
      };
      nested = joined(head, nested);
    }
    byte[] groups = new byte[1 << 20];
    Arrays.fill(groups, (byte) 0x7b);

    assertRefused(ARTICLE, nested, Reason.INVALID_PROTOBUF, "of more than 100 levels");
    assertRefused(ARTICLE, groups, Reason.INVALID_PROTOBUF, "of more than 100 levels");
  }

  private static void assertRefused(String type, byte[] bytes, Reason reason, String message) {
    assertThatThrownBy(() -> decoder("articles", type).decode(bytes, "record"))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining(message)
        .extracting(e -> ((MalformedRecordException) e).reason())
        .isEqualTo(reason);
  }

  private static JsonNode decode(String file, String type, String text) {
    return decoder(file, type).decode(message(file, type, text), "record");
  }

  private static MessageDecoder decoder(String file, String type) {
    return MessageType.find(DescriptorSetTest.resource(file + ".binpb"), type).open();
  }

  private static byte[] message(String file, String type, String text) {
    Descriptor descriptor =
        DescriptorSet.parse(DescriptorSetTest.resource(file + ".binpb")).message(type);
    DynamicMessage.Builder message = DynamicMessage.newBuilder(descriptor);
    try {
      TextFormat.merge(text, DescriptorSetTest.extensions(descriptor.getFile()), message);
    } catch (TextFormat.ParseException e) {
      throw new AssertionError(e);
    }
    return message.buildPartial().toByteArray();
  }

  private static byte[] joined(byte[] first, byte[] second) {
    var joined = new ByteArrayOutputStream();
    joined.writeBytes(first);
    joined.writeBytes(second);
    return joined.toByteArray();
  }
}
