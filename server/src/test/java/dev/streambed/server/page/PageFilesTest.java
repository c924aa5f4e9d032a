package dev.streambed.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageFilesTest {
  @TempDir private Path folder;

  @Test
  void givesTheFilesThatWereThereAndNoOthers() throws Exception {
    Files.writeString(folder.resolve("index.html"), "<!doctype html>");
    Files.writeString(folder.resolve("main.js"), "export {};");
    Files.writeString(folder.resolve("LivePage.class"), "no file of the page");
    Files.createDirectory(folder.resolve("folder.js"));
    PageFiles files = PageFiles.of(folder);
    Files.writeString(folder.resolve("later.js"), "export {};");

    PageAnswer index = files.find("", /* known= */ null).orElseThrow();
    PageAnswer script = files.find("main.js", /* known= */ null).orElseThrow();

    assertThat(index).isSameAs(files.find("index.html", null).orElseThrow());
    assertThat(index.type()).isEqualTo("text/html; charset=utf-8");
    assertThat(index.body()).asString().isEqualTo("<!doctype html>");
    assertThat(script.type()).isEqualTo("text/javascript; charset=utf-8");
    assertThat(script.etag()).isNotEqualTo(index.etag());
    for (String name :
        new String[] {"LivePage.class", "folder.js", "later.js", "../main.js", "/main.js", "."}) {
      assertThat(files.find(name, null)).as(name).isEmpty();
    }
  }

  @Test
  void sendsNoFileThatTheBrowserHas() throws Exception {
    Files.writeString(folder.resolve("main.js"), "export {};");
    PageFiles files = PageFiles.of(folder);
    PageAnswer file = files.find("main.js", null).orElseThrow();

    PageAnswer again = files.find("main.js", file.etag()).orElseThrow();

    assertThat(again.status()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
    assertThat(again.etag()).isEqualTo(file.etag());
    assertThat(files.find("main.js", "\"another\"")).contains(file);
  }

  /** RFC 9110, 13.1.2: by weak comparison, as a proxy that compresses makes tags weak. */
  @Test
  void knowsItsTagAmongOthersHoweverItIsWritten() throws Exception {
    Files.writeString(folder.resolve("main.js"), "export {};");
    PageFiles files = PageFiles.of(folder);
    String tag = String.valueOf(files.find("main.js", null).orElseThrow().etag());

    for (String known :
        List.of(
            "W/" + tag,
            "*",
            " * ",
            "\"a\", " + tag,
            "W/\"a,b\",W/" + tag + ", \"c\"",
            ",, \"\" ,\t" + tag + " ,")) {
      assertThat(files.find("main.js", known)).as(known).map(PageAnswer::status).contains(304);
    }
    String bare = tag.substring(1, tag.length() - 1);
    for (String known :
        List.of(
            "",
            bare,
            "w/" + tag,
            "\"*\"",
            "*, \"a\"",
            "\"a " + bare + "\"",
            "\"a\" \"b" + tag,
            "W/ " + tag,
            "\"a, " + tag.substring(1))) {
      assertThat(files.find("main.js", known)).as(known).map(PageAnswer::status).contains(200);
    }
    assertThat(files.find("none.js", "*")).isEmpty();
  }
}
