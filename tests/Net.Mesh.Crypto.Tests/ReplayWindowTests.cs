using CsCheck;

namespace Net.Mesh.Crypto.Tests;

public sealed class ReplayWindowTests
{
    [Fact]
    public void The_window_answers_as_the_vectors_say()
    {
        foreach (System.Text.Json.JsonElement sequence in Vectors.Wire("replayWindow").EnumerateArray())
        {
            var window = new ReplayWindow();
            foreach (System.Text.Json.JsonElement step in sequence.GetProperty("steps").EnumerateArray())
            {
                ulong counter = step.GetProperty("counter") is { ValueKind: System.Text.Json.JsonValueKind.String } text ? Vectors.Id(text.GetString()!) : step.GetProperty("counter").GetUInt64();
                bool isAccepted = window.TryAccept(counter);
                Assert.True(step.GetProperty("accepted").GetBoolean() == isAccepted, $"{sequence.Text("name")}: counter {counter} was {(isAccepted ? "accepted" : "refused")}");
            }
        }
    }

    [Fact]
    public void The_window_is_the_set_of_all_counters_seen_that_are_not_too_old()
    {
        // Walks with steps of every size around the words and the whole of the window.
        Gen<long> step = Gen.OneOf(Gen.Long[-5, 5], Gen.Long[-70, 70], Gen.Long[-1100, 1100], Gen.Long[0, 5000]);
        Gen.Select(Gen.OneOf(Gen.Const(0UL), Gen.Const(1UL << 40), Gen.Const(ulong.MaxValue - 3000)), step.Array[1, 300]).Sample((start, steps) =>
        {
            var window = new ReplayWindow();
            var seen = new HashSet<ulong>();
            ulong newest = 0;
            ulong at = start;
            foreach (long by in steps)
            {
                at = by < 0 ? at - Math.Min(at, (ulong)-by) : at + Math.Min(ulong.MaxValue - at, (ulong)by);
                bool isEnd = at == ulong.MaxValue || newest == ulong.MaxValue - 1;
                bool isOld = seen.Count > 0 && at < newest && newest - at >= ReplayWindow.Size;
                bool expected = !isEnd && !isOld && seen.Add(at);
                if (expected)
                    newest = Math.Max(newest, at);
                if (window.TryAccept(at) != expected)
                    return false;
            }
            return true;
        }, iter: 500);
    }

    [Fact, Trait("spec", "01 T17")]
    public void The_last_counter_is_refused_and_harms_nothing()
    {
        var window = new ReplayWindow();
        Assert.True(window.TryAccept(7));
        Assert.False(window.TryAccept(ulong.MaxValue));
        Assert.True(window.TryAccept(8));
        Assert.False(window.TryAccept(7));
    }

    [Theory, Trait("spec", "01 T17")]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(500)]
    [InlineData(1023)]
    public void A_jump_forward_keeps_what_is_still_inside_the_window(ulong jump)
    {
        var window = new ReplayWindow();
        Assert.True(window.TryAccept(5000));
        Assert.True(window.TryAccept(5000 + jump));
        Assert.False(window.TryAccept(5000));
        for (ulong counter = 5001; counter < 5000 + jump; counter++)
            Assert.True(window.TryAccept(counter));
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(1_000_000)]
    public void A_jump_past_the_window_leaves_a_clean_one(ulong jump)
    {
        var window = new ReplayWindow();
        for (ulong counter = 0; counter < 1024; counter++)
            Assert.True(window.TryAccept(counter));
        Assert.True(window.TryAccept(1023 + jump));
        for (ulong age = 1; age < 1024; age++)
            Assert.True(window.TryAccept(1023 + jump - age));
        Assert.False(window.TryAccept(1023 + jump - 1024));
    }
}
