package dev.streambed.query;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.apiguardian.api.API;

/**
 * Names that occur in records: whether each wanted one does, and a few of all. Confined to one
 * thread.
 */
@API(status = API.Status.INTERNAL)
public final class SeenNames {
  private static final int SHOWN = 20;
  private static final int SHOWN_CHARACTERS = 60;

  private final Set<String> missing;
  private final Set<String> first = new TreeSet<>();
  private boolean hasMore;

  /** Of these names it is told whether they occur. */
  public SeenNames(Collection<String> wanted) {
    this.missing = new HashSet<>(wanted);
  }

  /** Takes the names of a record. */
  public void add(Iterable<String> names) {
    for (String name : names) {
      missing.remove(name);
      if (first.size() < SHOWN) {
        first.add(name);
      } else {
        hasMore |= !first.contains(name);
      }
    }
  }

  /** Whether a name is wanted, and in no record. */
  public boolean lacks(String name) {
    return missing.contains(name);
  }

  /** The names that were seen first, for people; without characters that a terminal obeys. */
  public String shown() {
    if (first.isEmpty()) {
      return "none";
    }
    StringBuilder shown = new StringBuilder();
    for (String name : first) {
      shown.append(shown.isEmpty() ? "" : ", ").append(printable(name));
    }
    return shown.append(hasMore ? ", …" : "").toString();
  }

  private static String printable(String name) {
    String beginning =
        name.codePointCount(0, name.length()) <= SHOWN_CHARACTERS
            ? name
            : name.substring(0, name.offsetByCodePoints(0, SHOWN_CHARACTERS)) + "…";
    return beginning.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]", "?");
  }
}
