package dev.streambed.schemas.protobuf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.ExtensionRegistry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class DescriptorSetTest {
  private static final String COMMAND =
      "create the file with: protoc --include_imports --descriptor_set_out=FILE YOUR.proto";

  @Test
  void findsTypesAndThoseInThem() {
    byte[] set = resource("articles.binpb");

    assertThat(MessageType.find(set, "shop.Simple").name()).isEqualTo("shop.Simple");
    assertThat(MessageType.find(set, "shop.Article.Body").open()).isNotNull();
  }

  @Test
  void travels() throws Exception {
    var bytes = new ByteArrayOutputStream();
    try (var out = new ObjectOutputStream(bytes)) {
      out.writeObject(MessageType.find(resource("articles.binpb"), "shop.Article"));
    }
    try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      MessageType type = (MessageType) in.readObject();

      assertThat(type.open().decode(new byte[] {8, 7}, "record").get("id").intValue()).isEqualTo(7);
    }
  }

  @Test
  void listsTheTypesIfThereIsNoneOfTheName() {
    assertRefused(
        resource("articles.binpb"),
        "the descriptor set has no message of this name (found: shop.Article, shop.Article.Body, shop.Simple)");
  }

  @Test
  void linksFilesInAnyOrder() throws Exception {
    FileDescriptorSet set = FileDescriptorSet.parseFrom(resource("articles.binpb"));
    FileDescriptorSet.Builder reversed = FileDescriptorSet.newBuilder();
    set.getFileList().forEach(file -> reversed.addFile(0, file));

    assertThat(MessageType.find(reversed.build().toByteArray(), "shop.Article").open()).isNotNull();
  }

  @Test
  void refusesASetWithoutItsImports() throws Exception {
    FileDescriptorSet set = FileDescriptorSet.parseFrom(resource("articles.binpb"));
    byte[] alone =
        FileDescriptorSet.newBuilder()
            .addFile(set.getFile(set.getFileCount() - 1))
            .build()
            .toByteArray();

    assertRefused(
        alone, "has no google/protobuf/any.proto, which articles.proto imports; " + COMMAND);
  }

  @Test
  void refusesWhatIsNoSet() {
    assertRefused(resource("articles.proto"), "is the source of a .proto file; " + COMMAND);
    assertRefused(new byte[0], "is no descriptor set; " + COMMAND);
    assertRefused(new byte[] {1, 2, 3}, "is no descriptor set; " + COMMAND);
    byte[] oneFile = FileDescriptorProto.newBuilder().setName("a.proto").build().toByteArray();
    assertRefused(oneFile, "is no descriptor set; " + COMMAND);
  }

  @Test
  void refusesASetThatContradictsItself() {
    FileDescriptorProto.Builder file = FileDescriptorProto.newBuilder().setName("a.proto");
    DescriptorProto.Builder message = file.addMessageTypeBuilder().setName("A");
    message.addField(
        FieldDescriptorProto.newBuilder().setName("b").setNumber(1).setTypeName("Gone"));
    assertRefused(
        FileDescriptorSet.newBuilder().addFile(file).build().toByteArray(),
        "cannot be linked: A.b:");

    file.addDependency("a.proto");
    assertRefused(
        FileDescriptorSet.newBuilder().addFile(file).build().toByteArray(),
        "has no a.proto, which a.proto imports");
  }

  private static void assertRefused(byte[] set, String message) {
    assertThatThrownBy(() -> MessageType.find(set, "Article"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  static byte[] resource(String name) {
    try (InputStream in =
        Objects.requireNonNull(DescriptorSetTest.class.getResourceAsStream(name))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ExtensionRegistry extensions(FileDescriptor file) {
    ExtensionRegistry registry = ExtensionRegistry.newInstance();
    file.getExtensions().forEach(registry::add);
    return registry;
  }
}
