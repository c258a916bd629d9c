using System.Globalization;
using System.Net;
using System.Text;
using Net.Mesh.Transport;

namespace Net.Mesh.Testing.Tests.Network;

/// <summary>A node of these tests: sends texts, keeps what it gets and when, and may answer.</summary>
internal sealed class Node : IDatagramReceiver
{
    private readonly SimulatedNetwork _network;

    public Node(SimulatedNetwork network, IPEndPoint? address = null, bool start = true)
    {
        _network = network;
        Transport = network.Bind(address);
        if (start)
            Transport.Start(this);
    }

    public IDatagramTransport Transport { get; }

    public List<string> Texts { get; } = [];

    public List<DatagramAddress> Sources { get; } = [];

    public List<double> Milliseconds { get; } = [];

    public List<int> BatchSizes { get; } = [];

    public Action<Node, DatagramAddress, string>? OnText { get; set; }

    public void Start() => Transport.Start(this);

    public void Send(Node to, string text) => Send(to.Transport.LocalAddress, Encoding.UTF8.GetBytes(text));

    public int Send(DatagramAddress to, byte[] bytes)
    {
        var batch = new DatagramBatch(Math.Max(1, bytes.Length));
        bytes.CopyTo(batch.Reserve(bytes.Length));
        batch.Commit(bytes.Length, to);
        return Transport.Send(batch);
    }

    public void SendNumbers(Node to, int count)
    {
        for (int i = 0; i < count; i++)
            Send(to, i.ToString(CultureInfo.InvariantCulture));
    }

    public void OnReceived(DatagramBatch batch)
    {
        BatchSizes.Add(batch.Count);
        for (int i = 0; i < batch.Count; i++)
        {
            string text = Encoding.UTF8.GetString(batch[i]);
            Texts.Add(text);
            Sources.Add(batch.AddressOf(i));
            Milliseconds.Add(_network.Time.Elapsed.TotalMilliseconds);
            OnText?.Invoke(this, batch.AddressOf(i), text);
        }
    }
}
