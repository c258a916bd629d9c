namespace Net.Mesh.Simulation.Tests;

/// <summary>Whole meshes under everything that can go wrong, seed by seed. A failure names the seed that replays it.</summary>
public class ChaosTests
{
    public static IEnumerable<TheoryDataRow<int>> Few => Seeds.Of(8);

    [Theory, MemberData(nameof(Few))]
    public async Task Streams_are_in_order_and_once_on_bad_links(int seed) => await ChaosRun.PlayAsync(seed, Misfortune.BadLinks);

    [Theory, MemberData(nameof(Few))]
    public async Task Streams_and_routes_survive_partitions(int seed) => await ChaosRun.PlayAsync(seed, Misfortune.Partitions);

    [Theory, MemberData(nameof(Few))]
    public async Task Nothing_is_lost_silently_when_nodes_crash_and_come_back(int seed) => await ChaosRun.PlayAsync(seed, Misfortune.Crashes);

    [Theory, MemberData(nameof(Few))]
    public async Task Streams_follow_nodes_that_move(int seed) => await ChaosRun.PlayAsync(seed, Misfortune.Moves);

    [Theory, MemberData(nameof(Few))]
    public async Task Sessions_agree_when_both_sides_dial(int seed) => await ChaosRun.PlayAsync(seed, Misfortune.Crossing);

    [Theory, MemberData(nameof(Few))]
    public async Task Streams_go_on_through_new_keys(int seed) => await ChaosRun.PlayAsync(seed, Misfortune.Rekeying | Misfortune.BadLinks);

    [Theory, MemberData(nameof(Few))]
    public async Task Everything_at_once(int seed) => await ChaosRun.PlayAsync(seed, Misfortune.All);
}
