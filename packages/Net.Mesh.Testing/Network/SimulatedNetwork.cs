using System.Net;
using Net.Mesh.Transport;

namespace Net.Mesh.Testing;

/// <summary>
/// A network inside one process, on a virtual clock: datagrams are lost, delayed, doubled, reordered and cut off as the test says,
/// and the same seed does it the same way again. Give each node the transport that <see cref="Bind"/> returns, and move the clock.
/// </summary>
/// <remarks>
/// <para>Receivers are called inside <see cref="VirtualTimeProvider.Advance"/>, on its thread. Datagrams that reach one receiver
/// at one instant, one after the other, come as one batch. A run repeats exactly when everything that sends runs on the clock;
/// sending from other threads is safe, but their order is theirs.</para>
/// <para>Chance is SplitMix64 over the seed, drawn for each datagram in the order of sending: loss, jitter, reordering,
/// duplication, and jitter and reordering of the copy. <see cref="ToString"/> names the seed; put it into the messages of your
/// asserts.</para>
/// </remarks>
public sealed partial class SimulatedNetwork
{
    /// <summary>Datagrams on their way at most; what is sent then is lost.</summary>
    public const int MaxInFlight = 262_144;

    /// <summary>Datagrams that wait for a transport to be started at most; what arrives then is lost.</summary>
    public const int MaxWaiting = 1_024;

    private const int BatchBytes = 512 * 1024;

    private readonly VirtualTimeProvider _time;
    private readonly int _seed;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly LinkProfile _profile;
    private readonly Dictionary<DatagramAddress, SimulatedTransport> _transports = [];
    private readonly Dictionary<(SimulatedTransport From, SimulatedTransport To), SimulatedLink> _links = [];
    private readonly HashSet<(SimulatedTransport From, SimulatedTransport To)> _blocked = [];
    private readonly PriorityQueue<SimulatedDatagram, (long Due, long Order)> _inFlight = new();
    private readonly long[] _fates = new long[Enum.GetValues<DatagramFate>().Length];
    private readonly DatagramBatch _batch = new(BatchBytes); // used by the clock's thread only
    private SplitMix64 _chance;
    private long _nextOrder;
    private long _duplicated;
    private uint _nextHost;

    /// <summary>Creates a network without anyone on it.</summary>
    /// <param name="time">The clock that everything on the network runs on.</param>
    /// <param name="seed">Decides every chance.</param>
    /// <param name="profile">How links behave that <see cref="SetLink"/> says nothing about; null means <c>new LinkProfile()</c>.</param>
    public SimulatedNetwork(VirtualTimeProvider time, int seed, LinkProfile? profile = null)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _seed = seed;
        _profile = (profile ?? new LinkProfile()).Checked();
        _chance = new((ulong)seed);
        _timer = time.CreateTimer(static state => ((SimulatedNetwork)state!).DeliverDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The seed of every chance.</summary>
    public int Seed => _seed;

    /// <summary>The clock.</summary>
    public VirtualTimeProvider Time => _time;

    /// <summary>Sees every datagram when it is sent, and when it is delivered or lost; for captures.</summary>
    public DatagramTap? Tap { get; set; }

    /// <summary>Decides for every datagram that is sent whether it goes on its way; null lets all pass.</summary>
    public DatagramFilter? Filter { get; set; }

    /// <summary>Datagrams on their way.</summary>
    public int InFlight
    {
        get
        {
            lock (_lock)
                return _inFlight.Count;
        }
    }

    /// <summary>Counters since construction.</summary>
    public SimulatedNetworkStatistics Statistics
    {
        get
        {
            lock (_lock)
            {
                long Of(DatagramFate fate) => _fates[(int)fate];
                return new(Of(DatagramFate.Sent), _duplicated, Of(DatagramFate.Delivered),
                    Of(DatagramFate.LostByChance), Of(DatagramFate.LostToBlock), Of(DatagramFate.LostToNobody),
                    Of(DatagramFate.LostToMtu), Of(DatagramFate.LostToFullQueue), Of(DatagramFate.LostToFilter));
            }
        }
    }

    /// <summary>Joins the network.</summary>
    /// <param name="address">Null chooses 10.0.0.1:9000, 10.0.0.2:9000 and so on; a port of 0 becomes 9000.</param>
    /// <returns>A transport that begins to deliver when it is started.</returns>
    /// <exception cref="ArgumentException">The address is taken.</exception>
    public IDatagramTransport Bind(IPEndPoint? address = null)
    {
        lock (_lock)
        {
            DatagramAddress bound = address is null ? NextFreeAddress() : WithPort(address);
            var transport = new SimulatedTransport(this, bound);
            if (!_transports.TryAdd(bound, transport))
                throw new ArgumentException($"{bound} is taken by another transport of this network.", nameof(address));
            return transport;
        }
    }

    /// <summary>Says how one direction between two transports behaves from now on.</summary>
    public void SetLink(IDatagramTransport from, IDatagramTransport to, LinkProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        profile.Checked();
        lock (_lock)
            LinkOf(Own(from), Own(to)).Profile = profile;
    }

    /// <summary>Cuts one direction: nothing from the one reaches the other, also what is on its way.</summary>
    public void Block(IDatagramTransport from, IDatagramTransport to)
    {
        lock (_lock)
            _blocked.Add((Own(from), Own(to)));
    }

    /// <summary>Cuts both directions between every member of one group and every member of the other.</summary>
    public void Partition(IEnumerable<IDatagramTransport> groupA, IEnumerable<IDatagramTransport> groupB)
    {
        ArgumentNullException.ThrowIfNull(groupA);
        ArgumentNullException.ThrowIfNull(groupB);
        SimulatedTransport[] others = [.. groupB.Select(Own)];
        lock (_lock)
        {
            foreach (SimulatedTransport one in groupA.Select(Own))
            {
                foreach (SimulatedTransport other in others)
                {
                    _blocked.Add((one, other));
                    _blocked.Add((other, one));
                }
            }
        }
    }

    /// <summary>Ends every block and partition.</summary>
    public void Heal()
    {
        lock (_lock)
            _blocked.Clear();
    }

    /// <summary>
    /// The process behind a transport is gone: nothing comes out of it or goes in any more, and its address is free for another
    /// <see cref="Bind"/>.
    /// </summary>
    public void Disconnect(IDatagramTransport transport)
    {
        SimulatedTransport gone = Own(transport);
        lock (_lock)
        {
            if (gone.IsGone)
                return;
            gone.IsGone = true;
            gone.Waiting.Clear();
            _transports.Remove(gone.PublicAddress);
            _blocked.RemoveWhere(link => link.From == gone || link.To == gone);
            foreach ((SimulatedTransport From, SimulatedTransport To) link in _links.Keys.Where(link => link.From == gone || link.To == gone).ToArray())
                _links.Remove(link);
        }
    }

    /// <summary>
    /// A NAT in front of a node chooses another address: the node keeps its transport and knows nothing, the others see a new
    /// source, and what they send to the old one is lost.
    /// </summary>
    /// <exception cref="ArgumentException">The new address is taken, or the transport is gone.</exception>
    public void ChangeAddress(IDatagramTransport transport, IPEndPoint newAddress)
    {
        ArgumentNullException.ThrowIfNull(newAddress);
        SimulatedTransport moved = Own(transport);
        lock (_lock)
        {
            DatagramAddress address = WithPort(newAddress);
            if (moved.IsGone)
                throw new ArgumentException("The transport has left the network.", nameof(transport));
            if (!_transports.TryAdd(address, moved))
                throw new ArgumentException($"{address} is taken by another transport of this network.", nameof(newAddress));
            _transports.Remove(moved.PublicAddress);
            moved.PublicAddress = address;
        }
    }

    /// <summary>
    /// Puts a datagram onto the network that no transport sent: a forged source, a replayed capture, nonsense. It travels like a
    /// datagram of the transport that has the source address, or with the network's profile when nobody has it.
    /// </summary>
    public void Inject(IPEndPoint source, IPEndPoint destination, ReadOnlySpan<byte> bytes)
    {
        DatagramAddress from = DatagramAddress.From(source);
        SimulatedTransport? sender;
        lock (_lock)
            sender = _transports.GetValueOrDefault(from);
        Send(sender, from, DatagramAddress.From(destination), bytes);
    }

    /// <summary>The seed and what is going on, for the message of an assert.</summary>
    public override string ToString() => $"simulated network (seed {_seed}, at +{_time.Elapsed}, {InFlight} datagrams on their way)";

    private static DatagramAddress WithPort(IPEndPoint address) =>
        DatagramAddress.From(address.Port == 0 ? new IPEndPoint(address.Address, 9000) : address);

    private DatagramAddress NextFreeAddress()
    {
        DatagramAddress address;
        do
        {
            uint host = ++_nextHost;
            address = DatagramAddress.FromBytes([10, (byte)(host >> 16), (byte)(host >> 8), (byte)host], 9000);
        }
        while (_transports.ContainsKey(address));
        return address;
    }

    private SimulatedTransport Own(IDatagramTransport transport)
    {
        ArgumentNullException.ThrowIfNull(transport);
        return transport is SimulatedTransport own && own.Network == this
            ? own
            : throw new ArgumentException("The transport does not belong to this network; use what Bind returned.", nameof(transport));
    }

    private SimulatedLink LinkOf(SimulatedTransport from, SimulatedTransport to)
    {
        if (!_links.TryGetValue((from, to), out SimulatedLink? link))
            _links[(from, to)] = link = new(_profile);
        return link;
    }
}
