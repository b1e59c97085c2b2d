package io.spindrift.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RecipeTest {
    private static final Pattern ANY = Pattern.compile("");

    private static List<Recipe> drawn(int seeds, Pattern only) {
        return LongStream.rangeClosed(1, seeds)
                .mapToObj(seed -> Recipe.draw(seed, only))
                .toList();
    }

    @Test
    void aSeedAlwaysDrawsTheSameRecipeAndAnotherSeedAnother() {
        assertThat(drawn(200, ANY)).isEqualTo(drawn(200, ANY));
        Set<String> different = new TreeSet<>();
        drawn(200, ANY).forEach(recipe -> different.add(recipe.mishaps().toString()));
        assertThat(different).hasSizeGreaterThan(190);
    }

    @Test
    void everyKindOfMishapIsDrawnSoonerOrLater() {
        Set<String> kinds = new TreeSet<>();
        drawn(2000, ANY).forEach(recipe -> recipe.mishaps().forEach(mishap -> kinds.add(mishap.kind())));
        assertThat(kinds).contains("second job", "broker restart", "replay", "trimmed log");
        for (Trouble trouble : Trouble.values()) {
            assertThat(kinds).contains("misbehave " + trouble);
        }
        for (Blow blow : Blow.values()) {
            assertThat(kinds).contains(blow + " at a step", blow + " at any time");
        }
        for (Origin origin : Origin.values()) {
            assertThat(kinds).contains("restart from " + origin);
        }
        assertThat(kinds).doesNotContain("side by side");
    }

    @Test
    void onlyWhatIsAskedForIsDrawn() {
        for (Recipe recipe : drawn(50, Pattern.compile("drop .* COMMIT|freeze"))) {
            assertThat(recipe.mishaps())
                    .isNotEmpty()
                    .hasSizeLessThanOrEqualTo(3)
                    .allSatisfy(mishap -> assertThat(mishap.toString())
                            .matches("misbehave drop (before|after) COMMIT|freeze task manager .*"));
        }
        assertThatThrownBy(() -> Recipe.draw(1, Pattern.compile("earthquake")))
                .hasMessageContaining("earthquake")
                .hasMessageContaining("broker restart");
    }

    @Test
    void aRecipeReadsAsOne() {
        Recipe recipe = new Recipe(
                7,
                List.of(
                        new Mishap.Restart(Origin.OLDER_SAVEPOINT, 3),
                        new Mishap.BlowAnyTime(Blow.KILL_SNOWFLAKE, 150)));
        assertThat(recipe).hasToString("""
                seed 7
                  restart from older savepoint at parallelism 3
                  kill snowflake after 150 ms""");
    }
}
