package dev.streambed.schemas.protobuf;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the serialisers of a schema registry write before a message: a zero byte, the schema's id in
 * four bytes, and where the message's type is in the schema. That is a list of indexes, each in the
 * types of the one before, as zigzag varints after their number; a single 0 for the list [0].
 */
final class RegistryFrame {

  /** The zero byte and the id. */
  private static final int PREFIX_BYTES = 5;

  /** Types are hardly nested deeper; more is no list of indexes. */
  private static final int MOST_INDEXES = 32;

  private RegistryFrame() {}

  static boolean isAround(byte[] bytes) {
    return bytes.length > 0 && bytes[0] == 0;
  }

  /**
   * Where the message begins. The id is not looked at: the descriptor is from a file.
   *
   * @throws MalformedRecordException if the message has another type than the descriptor's
   */
  static int skip(byte[] bytes, Descriptor descriptor, String what) {
    if (bytes.length <= PREFIX_BYTES) {
      throw cutOff(what);
    }
    CodedInputStream in =
        CodedInputStream.newInstance(bytes, PREFIX_BYTES, bytes.length - PREFIX_BYTES);
    List<Integer> indexes = new ArrayList<>();
    try {
      int count = in.readSInt32();
      if (count < 0 || count > MOST_INDEXES) {
        throw otherType("a list of %d types".formatted(count), descriptor, what);
      }
      for (int i = 0; i < count; i++) {
        indexes.add(in.readSInt32());
      }
    } catch (IOException e) {
      throw cutOff(what);
    }
    if (indexes.isEmpty()) {
      indexes.add(0);
    }
    Descriptor found = type(indexes, descriptor.getFile(), MessageTypes.IN_SOURCE);
    if (found != descriptor
        && type(indexes, descriptor.getFile(), MessageTypes.IN_DESCRIPTOR) != descriptor) {
      throw otherType(
          found == null ? "one that the file does not have" : found.getFullName(),
          descriptor,
          what);
    }
    return PREFIX_BYTES + in.getTotalBytesRead();
  }

  /** Whether entries of maps count as nested types: serialisers do not agree. */
  private enum MessageTypes {
    /** As written in the .proto file, which Java's serialiser counts. */
    IN_SOURCE,
    /**
     * As compiled, where each map has a type for its entries; those of Python and Go count them.
     */
    IN_DESCRIPTOR
  }

  private static @Nullable Descriptor type(
      List<Integer> indexes, FileDescriptor file, MessageTypes counted) {
    List<Descriptor> types = file.getMessageTypes();
    Descriptor found = null;
    for (int index : indexes) {
      if (counted == MessageTypes.IN_SOURCE) {
        types = types.stream().filter(type -> !type.getOptions().getMapEntry()).toList();
      }
      if (index < 0 || index >= types.size()) {
        return null;
      }
      found = types.get(index);
      types = found.getNestedTypes();
    }
    return found;
  }

  private static MalformedRecordException cutOff(String what) {
    return malformed(
        what,
        Reason.INVALID_PROTOBUF,
        "it begins with a zero byte, as in the wire format of a schema registry, and ends before the message");
  }

  private static MalformedRecordException otherType(
      String found, Descriptor descriptor, String what) {
    return malformed(
        what,
        Reason.WRONG_TYPE,
        "its message indexes stand for %s in %s, expected %s"
            .formatted(found, descriptor.getFile().getName(), descriptor.getFullName()));
  }
}
