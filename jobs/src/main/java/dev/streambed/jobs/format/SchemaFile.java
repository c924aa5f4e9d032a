package dev.streambed.jobs.format;

import dev.streambed.schemas.protobuf.MessageType;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.flink.annotation.Internal;

/** Reads the file that {@code streambed.source.schema-file} names. */
@Internal
public final class SchemaFile {

  private SchemaFile() {}

  /**
   * The content of a file with an Avro schema.
   *
   * @throws IllegalArgumentException if there is none, with a message for users
   */
  public static String avro(String path) {
    try {
      String content = Files.readString(Path.of(path));
      if (content.isBlank()) {
        throw new IllegalArgumentException("the file is empty");
      }
      return new Schema.Parser().parse(content).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "the file is no Avro schema, which is text in UTF-8; a descriptor set is for format protobuf",
          e);
    } catch (IOException e) {
      throw unreadable(path, e);
    } catch (AvroRuntimeException | NullPointerException e) { // the latter for an unknown type
      throw new IllegalArgumentException(
          "the file is no Avro schema: %s"
              .formatted(String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
          e);
    }
  }

  /**
   * The content of a file with a descriptor set, in which messages are found by name.
   *
   * @throws IllegalArgumentException if there is none, with a message for users
   */
  public static byte[] descriptors(String path) {
    byte[] content;
    try {
      content = Files.readAllBytes(Path.of(path));
    } catch (IOException e) {
      throw unreadable(path, e);
    }
    try {
      MessageType.checkSet(content);
      return content;
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("the file " + e.getMessage(), e);
    }
  }

  private static IllegalArgumentException unreadable(String path, IOException e) {
    String why =
        e instanceof NoSuchFileException
            ? "there is none"
            : Files.isDirectory(Path.of(path)) ? "it is a folder" : String.valueOf(e.getMessage());
    return new IllegalArgumentException("the file cannot be read: " + why, e);
  }
}
