package dev.streambed.jobs.options;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Schema files whose types have nothing but strings. */
final class SchemaFiles {

  private SchemaFiles() {}

  /** Writes a record R. */
  static Path avro(Path file, List<String> fields) throws IOException {
    String written =
        fields.stream()
            .map("{\"name\":\"%s\",\"type\":\"string\"}"::formatted)
            .collect(Collectors.joining(","));
    return Files.writeString(
        file, "{\"type\":\"record\",\"name\":\"R\",\"fields\":[" + written + "]}");
  }

  /** Writes messages that have the same fields. */
  static Path descriptors(Path file, List<String> messages, List<String> fields)
      throws IOException {
    FileDescriptorProto.Builder proto =
        FileDescriptorProto.newBuilder().setName("test.proto").setSyntax("proto3");
    for (String name : messages) {
      DescriptorProto.Builder message = DescriptorProto.newBuilder().setName(name);
      for (String field : fields) {
        message.addField(
            FieldDescriptorProto.newBuilder()
                .setName(field)
                .setNumber(message.getFieldCount() + 1)
                .setType(FieldDescriptorProto.Type.TYPE_STRING));
      }
      proto.addMessageType(message);
    }
    return write(file, proto);
  }

  /** Writes a message Envelope as Debezium's events have it, with a title in its rows. */
  static Path events(Path file) throws IOException {
    FieldDescriptorProto.Builder text =
        FieldDescriptorProto.newBuilder()
            .setNumber(1)
            .setType(FieldDescriptorProto.Type.TYPE_STRING);
    return write(
        file,
        FileDescriptorProto.newBuilder()
            .setName("events.proto")
            .setSyntax("proto3")
            .addMessageType(
                DescriptorProto.newBuilder().setName("Row").addField(text.clone().setName("title")))
            .addMessageType(
                DescriptorProto.newBuilder()
                    .setName("Envelope")
                    .addField(text.clone().setName("op"))
                    .addField(
                        FieldDescriptorProto.newBuilder()
                            .setName("after")
                            .setNumber(2)
                            .setType(FieldDescriptorProto.Type.TYPE_MESSAGE)
                            .setTypeName(".Row"))));
  }

  private static Path write(Path file, FileDescriptorProto.Builder proto) throws IOException {
    return Files.write(file, FileDescriptorSet.newBuilder().addFile(proto).build().toByteArray());
  }
}
