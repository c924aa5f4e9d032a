package dev.streambed.schemas.protobuf;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import dev.streambed.schemas.ForeignFormat;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that serialisers of a schema registry write before a message of one type: a zero byte,
 * the schema's id in four bytes, and where the type is in the schema. That is a list of indexes,
 * each in the types of the one before, as zigzag varints after their number; a single 0 for the
 * list [0].
 *
 * <p>Serialisers do not agree on whether the entries of a map count as types, so both ways of
 * counting are taken (docs/decisions/0106).
 */
final class RegistryFrame {

  /** Types are hardly nested deeper; more is no list of indexes. */
  private static final int MOST_INDEXES = 32;

  private static final int[] FIRST = {0};

  private final Descriptor type;

  /** Where the type is in the .proto file, which has no types for the entries of maps. */
  private final int[] asWritten;

  /** Where it is in the compiled file, in which the entries of each map are a type. */
  private final int[] asCompiled;

  /** The frame around messages of a type. */
  RegistryFrame(Descriptor type) {
    this.type = type;
    int depth = 0;
    for (Descriptor each = type; each != null; each = each.getContainingType()) {
      depth++;
    }
    this.asWritten = new int[depth];
    this.asCompiled = new int[depth];
    for (Descriptor each = type; each != null; each = each.getContainingType()) {
      depth--;
      asWritten[depth] = written(siblings(each)).indexOf(each);
      asCompiled[depth] = each.getIndex();
    }
  }

  private static List<Descriptor> siblings(Descriptor type) {
    Descriptor parent = type.getContainingType();
    return parent == null ? type.getFile().getMessageTypes() : parent.getNestedTypes();
  }

  private static List<Descriptor> written(List<Descriptor> types) {
    return types.stream().filter(type -> !type.getOptions().getMapEntry()).toList();
  }

  static boolean isAround(byte[] bytes) {
    return bytes.length > 0 && bytes[0] == 0;
  }

  /**
   * Where the message begins. The id is not looked at: the descriptor is from a file.
   *
   * @throws MalformedRecordException if the message has another type
   */
  int skip(byte[] bytes, String what) {
    if (bytes.length <= ForeignFormat.REGISTRY_PREFIX_BYTES) {
      throw cutOff(what);
    }
    CodedInputStream in =
        CodedInputStream.newInstance(
            bytes,
            ForeignFormat.REGISTRY_PREFIX_BYTES,
            bytes.length - ForeignFormat.REGISTRY_PREFIX_BYTES);
    int[] indexes;
    try {
      int count = in.readSInt32();
      if (count < 0 || count > MOST_INDEXES) {
        throw otherType("a list of %d types".formatted(count), what);
      }
      indexes = count == 0 ? FIRST : new int[count];
      for (int i = 0; i < count; i++) {
        indexes[i] = in.readSInt32();
      }
    } catch (IOException e) {
      throw cutOff(what);
    }
    if (!Arrays.equals(indexes, asCompiled) && !Arrays.equals(indexes, asWritten)) {
      Descriptor found = find(indexes);
      throw otherType(
          found == null ? "one that the file does not have" : found.getFullName(), what);
    }
    return ForeignFormat.REGISTRY_PREFIX_BYTES + in.getTotalBytesRead();
  }

  private @Nullable Descriptor find(int[] indexes) {
    List<Descriptor> types = type.getFile().getMessageTypes();
    Descriptor found = null;
    for (int index : indexes) {
      List<Descriptor> written = written(types);
      if (index < 0 || index >= written.size()) {
        return null;
      }
      found = written.get(index);
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

  private MalformedRecordException otherType(String found, String what) {
    return malformed(
        what,
        Reason.WRONG_TYPE,
        "its message indexes stand for %s in %s, expected %s, the type that %s says"
            .formatted(
                found, type.getFile().getName(), type.getFullName(), MessageDecoder.option(what)));
  }
}
