package dev.streambed.schemas.protobuf;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.streambed.schemas.Utf8;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The files of a descriptor set, linked. Messages of exceptions are for users. */
final class DescriptorSet {
  private static final String COMMAND =
      "create the file with: protoc --include_imports --descriptor_set_out=FILE YOUR.proto";

  /** Most types that a message lists. */
  private static final int MOST_LISTED = 20;

  private final Map<String, FileDescriptor> files = new LinkedHashMap<>();

  private DescriptorSet() {}

  /**
   * Parses and links a set.
   *
   * @throws IllegalArgumentException if the bytes are none, or files that it imports are not in it
   */
  static DescriptorSet parse(byte[] bytes) {
    FileDescriptorSet written;
    try {
      written = FileDescriptorSet.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(noSet(bytes), e);
    }
    // Any bytes of unknown fields parse, too.
    if (written.getFileCount() == 0 || written.getFile(0).getName().isEmpty()) {
      throw new IllegalArgumentException(noSet(bytes));
    }
    Map<String, FileDescriptorProto> unlinked = new LinkedHashMap<>();
    written.getFileList().forEach(file -> unlinked.put(file.getName(), file));
    var set = new DescriptorSet();
    for (String name : List.copyOf(unlinked.keySet())) {
      set.link(name, /* importedBy= */ null, unlinked);
    }
    return set;
  }

  private static String noSet(byte[] bytes) {
    String text = Utf8.decodeOrNull(bytes);
    boolean isSource =
        text != null
            && text.lines()
                .anyMatch(line -> line.matches("\\s*(syntax\\s*=|message\\s+\\w+\\s*\\{).*"));
    return (isSource ? "is the source of a .proto file" : "is no descriptor set") + "; " + COMMAND;
  }

  private FileDescriptor link(
      String name, @Nullable String importedBy, Map<String, FileDescriptorProto> unlinked) {
    FileDescriptor linked = files.get(name);
    if (linked != null) {
      return linked;
    }
    FileDescriptorProto file = unlinked.remove(name); // so that a cycle ends
    if (file == null) {
      throw new IllegalArgumentException(
          "has no %s, which %s imports; %s".formatted(name, importedBy, COMMAND));
    }
    List<FileDescriptor> imports = new ArrayList<>();
    for (String imported : file.getDependencyList()) {
      imports.add(link(imported, name, unlinked));
    }
    try {
      FileDescriptor descriptor =
          FileDescriptor.buildFrom(strict(file), imports.toArray(FileDescriptor[]::new));
      files.put(name, descriptor);
      return descriptor;
    } catch (DescriptorValidationException e) {
      throw new IllegalArgumentException(
          "cannot be linked: %s; %s".formatted(e.getMessage(), COMMAND), e);
    }
  }

  /** Refuses strings that are not UTF-8 in each syntax: without this, proto2's are repaired. */
  private static FileDescriptorProto strict(FileDescriptorProto file) {
    FileDescriptorProto.Builder strict = file.toBuilder();
    strict.getOptionsBuilder().setJavaStringCheckUtf8(true);
    return strict.build();
  }

  /**
   * A type of message.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  Descriptor message(String fullName) {
    var known = new TreeSet<String>();
    for (FileDescriptor file : files.values()) {
      for (Descriptor message : file.getMessageTypes()) {
        Descriptor found = find(message, fullName, known);
        if (found != null) {
          return found;
        }
      }
    }
    List<String> listed = known.stream().limit(MOST_LISTED).toList();
    throw new IllegalArgumentException(
        "the descriptor set has no message of this name (found: %s%s)"
            .formatted(String.join(", ", listed), listed.size() < known.size() ? ", …" : ""));
  }

  /** Searches a type and those nested in it. */
  private static @Nullable Descriptor find(Descriptor message, String fullName, Set<String> known) {
    if (message.getFullName().equals(fullName)) {
      return message;
    }
    if (!message.getOptions().getMapEntry()
        && !message.getFile().getPackage().equals("google.protobuf")) {
      known.add(message.getFullName());
    }
    for (Descriptor nested : message.getNestedTypes()) {
      Descriptor found = find(nested, fullName, known);
      if (found != null) {
        return found;
      }
    }
    return null;
  }
}
